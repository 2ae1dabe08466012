"""The tests; one folder a package, one file a behaviour, data from tests/make.py."""
