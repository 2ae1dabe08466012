"""The Celery app: a message only wakes somebody up, the database row says what is to be done.

With no broker configured, tasks run at once in the process that asks for them, so that commands and
tests work alone; the supervisor and every production set-up give `CELERY_BROKER_URL`.
"""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")
# Django's checks would load every page and REST call, 20 MB that no worker uses; `manage.py` makes
# them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

# Above the longest chunk of work: a message not acknowledged by then is given to another worker.
VISIBILITY_TIMEOUT_SECONDS = 900


def transport_options(broker_url: str) -> dict[str, object]:
    """Options of the message transport; only Redis and Valkey need some.

    kombu looks for lost messages every interval × throttle; its defaults would add 100 seconds.
    """
    if not broker_url.startswith(("redis", "rediss", "valkey")):
        return {}
    return {
        "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "global_keyprefix": "agentops:",
    }


# What a call to a model imports takes a second. Workers import it before they fork: else the first
# night after a start would begin with it in every process, and each would hold its own copy.
MODEL_SDK = ["openai", "httpx2", "httpcore2"]


def configuration(broker_url: str) -> dict[str, object]:
    """The settings that every worker, beat and web process shares."""
    return {
        "broker_url": broker_url or "memory://",
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": transport_options(broker_url),
        "imports": ["agentops.schedule", *MODEL_SDK],
        "task_always_eager": not broker_url,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_default_queue": "default",
        "task_default_queue_type": "quorum" if broker_url.startswith("amqp") else "classic",
        "worker_prefetch_multiplier": 1,
        "worker_soft_shutdown_timeout": 10,
        "worker_hijack_root_logger": False,
        "timezone": "UTC",
        "beat_schedule_filename": str(settings.DATA_DIR / "beat-schedule"),
        "beat_schedule": {"tick": {"task": "agentops.schedule.tick", "schedule": 60.0}},
    }


app = Celery("agentops")
app.conf.update(configuration(settings.CELERY_BROKER_URL))
app.autodiscover_tasks()
