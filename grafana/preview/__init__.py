"""The boards drawn without Grafana: their JSON, asked of a real Prometheus, as a picture."""
