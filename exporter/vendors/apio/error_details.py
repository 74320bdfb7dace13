"""Summarise error bodies for logs and the status page, without personal data.

BroadWorks user ids look like `anna@sip.example` or `+3225126778@sip.example`, and error texts repeat them.
"""

import re

import msgspec

_MAX_BODY_BYTES = 1 << 16
_MAX_SUMMARY_LENGTH = 160
_MAX_ERRORS = 3
_ADDRESS = re.compile(r"[^\s/\"'<>:,;()=]+@[^\s/\"'<>:,;()=]+|\+?\d{9,}")


def error_details(body: bytes, *secrets: str) -> str:
    """Return a short summary of an error body, prefixed with a colon; "" if it has no known format.

    Args:
        body: A JSON object with `details`, or a list of objects with a numeric `code`.
        secrets: Values to mask in case the server repeats them.
    """
    if len(body) > _MAX_BODY_BYTES:
        return ""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    errors = document[:_MAX_ERRORS] if isinstance(document, list) else [document]
    summary = " ".join("; ".join(filter(None, map(_summary, errors))).split())
    for secret in filter(None, secrets):
        summary = summary.replace(secret, "…")
    summary = _without_addresses(summary)
    return f": {summary[:_MAX_SUMMARY_LENGTH]}" if summary else ""


def _summary(error: object) -> str:
    if not isinstance(error, dict):
        return ""
    code, text = error.get("code"), error.get("details")
    parts = (f"code {code}" if isinstance(code, int) else "", text if isinstance(text, str) else "")
    return " ".join(filter(None, parts))


def _without_addresses(message: str) -> str:
    """Return a message with everything that looks like an address or telephone number masked."""
    return _ADDRESS.sub("…", message)
