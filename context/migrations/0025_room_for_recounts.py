from django.db import migrations

TABLES = ("context_measurement", "context_daytotal")


def leave_room(apps, schema_editor):
    """Leave room in PostgreSQL's pages: counts of a running day are updated again and again, and a
    row that stays in its page needs no new entry in any index.
    """
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 60)")


def fill_pages(apps, schema_editor):
    """Back to full pages."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("context", "0024_measurements_by_segment")]

    operations = [migrations.RunPython(leave_room, fill_pages)]
