"""Comparisons of releases against known truths: drawn results, and real runs of a noisy model."""

import os

import django

# The product's own comparison and gate are called, and their models want Django to be set up.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")
django.setup()
