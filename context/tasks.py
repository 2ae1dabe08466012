"""Wake-ups for workers; what is to be done stands in the rows."""

from celery import shared_task
from django.utils import timezone

from context.webhooks import deliveries


@shared_task
def deliver_webhooks() -> None:
    """Send the messages to webhooks that wait."""
    deliveries.deliver(timezone.now)
