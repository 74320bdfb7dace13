"""Sinch Contact Center's Restful Monitoring Interface, as published: pages, milliseconds and omitted fields."""

from exporter.simulator.dialects.sinch.api import Sinch, SinchSettings
from exporter.simulator.dialects.sinch.contacts import Contents

__all__ = ["Contents", "Sinch", "SinchSettings"]
