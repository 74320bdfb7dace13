"""The HTTP endpoints for Prometheus, probes and users."""
