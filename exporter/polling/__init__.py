"""Polling: from configured targets to published series."""
