"""Measurements against peers and brute force; ``python -m benchmarks.NAME`` prints a table and, last, one JSON line."""
