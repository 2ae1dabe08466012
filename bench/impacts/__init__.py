"""Impacts of releases against known truths: drawn daily counts, and real rows."""

import atexit
import os
import tempfile

import django

# The product's own functions are called, and their models want Django to be set up; what is
# written goes to a database of its own, which goes away with the process.
_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)
os.environ["DATA_DIR"] = _folder.name
os.environ.pop("DATABASE_URL", None)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")
django.setup()
