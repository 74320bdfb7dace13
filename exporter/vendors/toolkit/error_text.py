"""The vendor's own text of an error, for the message of a failed poll."""

from exporter.metrics.agent_identity import exported_name
from exporter.redaction import without_secrets

_LONGEST = 200
# Redaction takes time in proportion to the text.
_LONGEST_READ = 4096


def error_text(body: bytes) -> str:
    """Return the text of an error response on one line; "" if it is empty or a web page.

    Secrets, e-mail addresses and telephone numbers are removed before the text is shortened, so that no part of one is
    left at its end.
    """
    if body.lstrip()[:1] == b"<":
        return ""
    text = without_secrets(body[:_LONGEST_READ].decode("utf-8", "replace"))
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return exported_name(line)[:_LONGEST]
