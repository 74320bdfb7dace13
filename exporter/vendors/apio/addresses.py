"""Addresses taken out of messages: BroadWorks' user ids look like `anna@sip.example` or `+3225126778@sip.example`."""

import re

_ADDRESS = re.compile(r"[^\s/\"'<>:,;()=]+@[^\s/\"'<>:,;()=]+|\+?\d{9,}")


def without_addresses(message: str) -> str:
    """Return a message for logs and the status page with whatever looks like an address or a number of people cut."""
    return _ADDRESS.sub("…", message)
