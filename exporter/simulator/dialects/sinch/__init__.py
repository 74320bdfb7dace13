"""Sinch Contact Center's Restful Monitoring Interface, as published: pages, milliseconds, and what is left out."""

from exporter.simulator.dialects.sinch.api import Sinch, SinchSettings

__all__ = ["Sinch", "SinchSettings"]
