"""Render the dashboards as pictures without Grafana, from their JSON and the data of a Prometheus."""
