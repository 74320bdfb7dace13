"""Recordings: what each vendor answered once, anonymised, and what the exporter makes of it."""
