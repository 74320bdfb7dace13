"""The rules and boards as code: what is committed under grafana/ is written by `python -m grafana.generator`."""
