"""The status page: the state of every target and resource with its reason, searchable and refreshed automatically."""

from exporter.web.status.page import HEADERS, About, View, render_status
from exporter.web.status.resource_rows import RowFilter

__all__ = ["HEADERS", "About", "RowFilter", "View", "render_status"]
