"""Tests of suites, cases, runs, the gate and the discovery of questions."""
