"""The vendor's own text of an error, for the message of a failed poll."""

import json
from collections.abc import Iterator

from exporter.metrics.agent_identity import exported_name
from exporter.redaction import without_secrets

_LONGEST = 200
# Redaction takes time in proportion to the text.
_LONGEST_READ = 4096


def error_text(body: bytes) -> str:
    """Return the text of an error response on one line; "" if it is empty or a web page.

    Secrets, e-mail addresses and telephone numbers are removed before the text is shortened, so that no part of one is
    left at its end. Of a JSON document only the values are returned, unescaped, because escapes can hide a secret.
    """
    if body.lstrip()[:1] == b"<":
        return ""
    text = without_secrets(_readable(body)[:_LONGEST_READ])
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return exported_name(line)[:_LONGEST]


def _readable(body: bytes) -> str:
    text = body[:_LONGEST_READ].decode("utf-8", "replace")
    try:
        return "; ".join(_values(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def _values(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for each in document:
            yield from _values(each)
    elif document is not None:
        yield str(document)
