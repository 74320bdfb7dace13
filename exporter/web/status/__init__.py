"""The page for people: every target and resource, how it fares and why, found and filtered, always fresh."""

from exporter.web.status.page import HEADERS, About, View, render_status
from exporter.web.status.resource_rows import Choice

__all__ = ["HEADERS", "About", "Choice", "View", "render_status"]
