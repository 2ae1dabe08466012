"""Bearer API keys for the REST API."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.prepared import Given, Prepared

LAST_USED_EVERY = timedelta(minutes=5)
# Every REST call begins with this.
BY_DIGEST = Prepared(lambda: ApiKey.objects.filter(digest=Given("digest"), revoked_at=None))


def key_of(request: Request) -> ApiKey:
    """The API key that made an authenticated REST request."""
    assert isinstance(request.auth, ApiKey)
    return request.auth


class Client:
    """The caller of a REST request: whoever holds a workspace's key."""

    is_authenticated = True

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.pk = key.pk


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer ao_…`; sets `request.auth` to the ApiKey."""

    def authenticate(self, request: Request) -> tuple[Client, ApiKey] | None:
        """Find the key by its hash; an unknown or revoked key is a 401."""
        header = request.headers.get("Authorization", "")
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret:
            return None
        digest = ApiKey.digest_of(secret.strip())
        key = BY_DIGEST.first(digest=digest)
        if key is None:
            raise AuthenticationFailed("This API key is unknown or revoked.")
        self.note_use(key)
        return Client(key), key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"

    def note_use(self, key: ApiKey) -> None:
        """Keep `last_used_at` fresh to a few minutes, without a write per request."""
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at > LAST_USED_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the key; found by its import."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "ao_…"}
