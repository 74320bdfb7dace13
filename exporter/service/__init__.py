"""The running exporter: its life cycle, and the reload of its configuration."""

from exporter.service.lifecycle import Service, serve, stop_requested

__all__ = ["Service", "serve", "stop_requested"]
