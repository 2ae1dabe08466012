"""Tests of the statistics: published values, properties, and small simulations."""
