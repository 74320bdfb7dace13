"""Sinch Contact Center's Restful Monitoring Interface, as published: pages, milliseconds and omitted fields."""

from exporter.simulator.dialects.sinch.api import Sinch, SinchSettings

__all__ = ["Sinch", "SinchSettings"]
