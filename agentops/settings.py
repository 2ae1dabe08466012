"""All settings of agentops, in one file; every one can be set in the environment.

The defaults are the embedded default: SQLite in `DATA_DIR`, a broker the supervisor starts, and
the local model.
docs/configuration.md lists every variable; a test holds that list complete.
"""

import os
import secrets
from pathlib import Path
from typing import Any, overload
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool) -> bool:
    """Read a yes/no variable; anything but the usual spellings is an error."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}")


@overload
def env_int(name: str, default: int) -> int: ...


@overload
def env_int(name: str, default: None) -> int | None: ...


def env_int(name: str, default: int | None) -> int | None:
    """Read a whole number; empty means the default."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


def env_float(name: str, default: float) -> float:
    """Read a number; empty means the default."""
    value = os.environ.get(name, "").strip()
    try:
        return float(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}") from None


def env_list(name: str, default: list[str]) -> list[str]:
    """Read a comma-separated list."""
    value = os.environ.get(name, "")
    return [part.strip() for part in value.split(",") if part.strip()] or default


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's database entry for a `postgresql://` or `sqlite:///` URL; empty means SQLite in
    the data folder.
    """
    parts = urlsplit(url or f"sqlite:///{data_dir / 'agentops.sqlite3'}")
    if parts.scheme == "sqlite":
        # WAL with IMMEDIATE transactions: writers queue instead of failing with "database is
        # locked".
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL must be postgresql:// or sqlite:///, not {parts.scheme}://"
        )
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": env_int("DATABASE_POOL_SIZE", 10)},
            # For accounts.prepared alone: Django's own cursors put values into the statement.
            "prepare_threshold": 1 if env_bool("DATABASE_PREPARED_STATEMENTS", True) else None,
            **query,
        },
    }


def secret_key(data_dir: Path) -> str:
    """The configured key, or one made once and kept in the data folder (readable by its owner
    only).
    """
    if given := os.environ.get("SECRET_KEY"):
        return given
    path = data_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(50))
    return key


DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = secret_key(DATA_DIR)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
SECURE_COOKIES = env_bool("SECURE_COOKIES", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None

INSTALLED_APPS = [
    "agentops",
    "reviews",
    "testing",
    "conversations",
    "context",
    "accounts",
    "llm",
    "simulation",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]
# Forms are drawn with the templates of agentops/templates/django/forms/.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "agentops.middleware.content_security_policy",
]

ROOT_URLCONF = "agentops.urls"
WSGI_APPLICATION = "agentops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "agentops" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "agentops.shell.shell",
            ]
        },
    }
]

DATABASES = {"default": database(os.environ.get("DATABASE_URL", ""), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [("agentops", DATA_DIR / "bundle")] if (DATA_DIR / "bundle").is_dir() else []
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "accounts.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "agentops",
    "DESCRIPTION": "The management loop of a customer-support AI agent. Send an API key, made in "
    "the settings, as a bearer token. Errors are problem details (RFC 9457) that name the field; "
    "lists page by `cursor`; POSTs take an `Idempotency-Key`.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1/agents/\{agent\}",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "SuiteKind": [(kind, kind) for kind in ("questions", "context", "regression")],
        "StepKind": [(kind, kind) for kind in ("answer", "tools", "customer")],
        "CaseKind": [(kind, kind) for kind in ("question", "script", "customer")],
        "RunState": [(state, state) for state in ("running", "done", "cancelled")],
        "WorkState": [
            (state, state) for state in ("pending", "working", "done", "failed", "skipped")
        ],
        "CheckStatus": [
            (status, status) for status in ("pending", "passed", "failed", "undecided")
        ],
        "ProposalKind": [(kind, kind) for kind in ("document", "prompt")],
    },
}
# Where people reach the product: the links of reports, letters and alerts begin with it.
PUBLIC_URL = (os.environ.get("PUBLIC_URL") or "http://localhost:8000").rstrip("/")
REPORT_FALLBACK_FONT = os.environ.get("REPORT_FALLBACK_FONT", "")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = env_int("EMAIL_TIMEOUT", 30)
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM") or "agentops@localhost"

API_REQUESTS_PER_MINUTE = env_int("API_REQUESTS_PER_MINUTE", 6000)

# Webhooks go to the public internet over TLS; an installation within one network may need others.
WEBHOOKS_ALLOW_HTTP = env_bool("WEBHOOKS_ALLOW_HTTP", False)
WEBHOOKS_ALLOW_PRIVATE = env_bool("WEBHOOKS_ALLOW_PRIVATE", False)
WEBHOOK_LOG_DAYS = env_int("WEBHOOK_LOG_DAYS", 30)

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "")
RATE_LIMIT_REDIS_URL = os.environ.get("RATE_LIMIT_REDIS_URL", "")

OPENAI_API_KEY = os.environ.get("OPENAI_API_KEY", "")
OPENAI_BASE_URL = os.environ.get("OPENAI_BASE_URL", "")
LOCAL_MODEL = not OPENAI_API_KEY and not OPENAI_BASE_URL
AGENT_MODEL = os.environ.get("AGENT_MODEL") or ("local-1" if LOCAL_MODEL else "gpt-5-mini")
CONTEXT_GUARDS = env_int("CONTEXT_GUARDS", 5)
CONTEXT_GUARD_LIKENESS = env_float("CONTEXT_GUARD_LIKENESS", 0.15 if LOCAL_MODEL else 0.35)
CONTEXT_CONTRADICTIONS = env_int("CONTEXT_CONTRADICTIONS", 50)
JUDGE_LOG_DAYS = env_int("JUDGE_LOG_DAYS", 90)
JUDGE_MODEL = os.environ.get("JUDGE_MODEL") or ("local-1" if LOCAL_MODEL else "gpt-5-mini")
CUSTOMER_MODEL = os.environ.get("CUSTOMER_MODEL") or JUDGE_MODEL
EMBEDDING_MODEL = os.environ.get("EMBEDDING_MODEL") or (
    "local-embedding-1" if LOCAL_MODEL else "text-embedding-3-small"
)
LLM_CONCURRENCY = env_int("LLM_CONCURRENCY", 50)
LLM_REQUESTS_PER_MINUTE = env_int("LLM_REQUESTS_PER_MINUTE", None)
LLM_TOKENS_PER_MINUTE = env_int("LLM_TOKENS_PER_MINUTE", None)
LLM_RETRIES = env_int("LLM_RETRIES", 5)
MODEL_PRICES_FILE = os.environ.get("MODEL_PRICES_FILE", "")
DAILY_BUDGET_USD = env_float("DAILY_BUDGET_USD", 20.0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        name: {"level": "WARNING"} for name in ("httpx2", "openai", "fontTools", "fpdf", "PIL")
    },
}

# The API's request counts and other short-lived numbers; shared between processes where there is
# a Redis.
if RATE_LIMIT_REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": RATE_LIMIT_REDIS_URL,
            "KEY_PREFIX": "agentops",
        }
    }
