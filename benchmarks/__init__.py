"""Measurements of combinet beside its peers: ``python -m benchmarks``."""
