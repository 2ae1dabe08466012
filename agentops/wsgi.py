"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")

application = get_wsgi_application()
resolve("/healthz")  # imports every view now; else the first request of a process waits for them
# What is loaded stays: without this the collector walks over all of it again and again, and every
# twentieth page of two years waits 100 ms for it.
gc.collect()
gc.freeze()
