"""The rules and dashboards as code; `python -m grafana.generator` writes the generated files under grafana/."""
