"""The HTTP side: what Prometheus, probes and people ask of the exporter."""
