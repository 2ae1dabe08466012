"""What this installation runs on, in words an engineer checks at a glance; no secret is shown."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

MODEL_ROLES = [
    ("Answers", "AGENT_MODEL"),
    ("Judge and graders", "JUDGE_MODEL"),
    ("Embeddings", "EMBEDDING_MODEL"),
]


def engine_facts() -> list[tuple[str, str]]:
    """Label and value of the database, the broker, the model server and the models in use."""
    return [
        ("Database", database_name()),
        ("Broker", address(settings.CELERY_BROKER_URL) or "none: work runs in the web process"),
        ("Model server", model_server()),
        *((label, getattr(settings, name)) for label, name in MODEL_ROLES),
        ("Calls at once", str(settings.LLM_CONCURRENCY)),
        ("Cap of the installation", f"${settings.DAILY_BUDGET_USD:.2f} a day"),
    ]


def database_name() -> str:
    """The kind and version of the database, and where it is."""
    version = ".".join(map(str, connection.get_database_version()))
    options = connection.settings_dict
    place = options["HOST"] or options["NAME"]
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(
        connection.vendor, connection.vendor
    )
    return f"{kind} {version} ({place})"


def model_server() -> str:
    """The model server's address, or that the embedded stand-in is used."""
    if settings.LOCAL_MODEL:
        return "local stand-in model (no OPENAI_API_KEY is set)"
    return address(settings.OPENAI_BASE_URL) or "api.openai.com"


def address(url: str) -> str:
    """Host, port and path of a URL, without its user name, password and query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or ''}{port}{parts.path.rstrip('/')}"
