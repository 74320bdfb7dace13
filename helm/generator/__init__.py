"""Generates the README table, schema and version of the chart: `python -m helm.generator`."""
