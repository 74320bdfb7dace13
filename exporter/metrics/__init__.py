"""Metrics: the catalogue, the mapping onto it, and the exposition."""
