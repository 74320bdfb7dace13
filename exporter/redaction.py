"""Redact secrets from output: by key name, by type, in URLs, and every occurrence of a known secret.

A vendor may echo the credentials it received: in an error, a value or a name, under a key that does not look secret.
Secrets are therefore registered when they are read or received.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from threading import Lock
from typing import Final
from urllib.parse import quote, quote_plus

from pydantic import SecretBytes, SecretStr

REDACTED: Final = "[redacted]"
SHORTEST_IN_LABEL: Final = 12
"""The minimum length of secrets redacted in labels. A shorter one may equal a name or number: redacting these would
merge series and reveal the secret."""

_WORDS: Final = "secret|token|passw|authorization|api_?-?key|pseudonym_key|private_key|cookie|credential"
_SECRET_NAME: Final = re.compile(_WORDS, re.IGNORECASE)
# Metadata of a secret: its location, lifetime or type.
_ABOUT_A_SECRET: Final = re.compile(r"_(?:file|path|url|seconds|type)$", re.IGNORECASE)
_USERINFO: Final = re.compile(r"""(\b[a-z][a-z0-9+.-]*://)[^\s/?#"'<>]*@""", re.IGNORECASE)
_QUERY: Final = re.compile(rf"""([?&][\w.-]*(?:{_WORDS}|session|signature|\bkey)[\w.-]*=)[^&\s#"'<>]+""", re.IGNORECASE)
# A key and value in the text of a dict or JSON, such as request headers in an exception.
_QUOTED: Final = re.compile(rf"""(["'][\w.-]*(?:{_WORDS})[\w.-]*["']\s*:\s*b?(["']))(?:\\.|(?!\2).)*""", re.IGNORECASE)

# A shorter secret, such as `demo`, may be an ordinary word and would redact unrelated text.
_SHORTEST: Final = 6
# Truncated text may end within a secret; a shorter prefix may be an ordinary word.
_SHORTEST_START: Final = 12
# All output is shorter, so the rest of a longer secret never appears.
_LONGEST: Final = 1 << 13
# Several tokens of each of a thousand targets.
MOST_RECEIVED: Final = 5_000
# All names and ids of a large contact centre, which every poll returns again.
_MOST_LABELS: Final = 1 << 16
# Characters not percent-encoded: none, as in forms; as in paths; as in the query strings this exporter sends.
_PLAIN_IN_URLS: Final = ("", "/", "/?:@!$'()*,")


class Known:
    """The registered secrets, in each encoding in which a vendor may echo them."""

    def __init__(self) -> None:
        self._lasting: set[str] = set()
        self._received: dict[str, None] = {}
        # The values are replaced, never mutated: a reload adds secrets in a thread while the event loop reads.
        self._by_start: dict[str, frozenset[str]] = {}
        self._adding = Lock()

    def add(self, secret: str, *, lasting: bool) -> None:
        """Register a secret; only the latest of those that are not lasting are kept."""
        with self._adding:
            for form in _forms(secret[:_LONGEST]):
                self._by_start[form[:_SHORTEST]] = self._by_start.get(form[:_SHORTEST], frozenset()) | {form}
                if lasting:
                    self._lasting.add(form)
                else:
                    self._received.pop(form, None)
                    self._received[form] = None
            while len(self._received) > MOST_RECEIVED:
                self._forget(next(iter(self._received)))

    def without(self, text: str, shortest: int = _SHORTEST) -> str:
        """Return text with every known secret redacted, including one truncated at the end.

        Args:
            text: The text to redact.
            shortest: The minimum length of secrets to redact.
        """
        if self._by_start.keys().isdisjoint(_pieces(text)):
            return text
        candidates = {
            form for piece in _pieces(text) for form in self._by_start.get(piece, ()) if len(form) >= shortest
        }
        for form in sorted(candidates, key=len, reverse=True):
            text = text.replace(form, REDACTED)
            at = text.rfind(form[:_SHORTEST_START])
            if at >= 0 and form.startswith(text[at:]):
                text = text[:at] + REDACTED
        return text

    def _forget(self, form: str) -> None:
        del self._received[form]
        if form not in self._lasting:
            others = self._by_start.pop(form[:_SHORTEST]) - {form}
            if others:
                self._by_start[form[:_SHORTEST]] = others


known = Known()
"""The secrets of this process; shared, because an output cannot be attributed to the owner of a secret."""


def remember(secret: str, *, lasting: bool = False) -> None:
    """Redact a secret in all output from now on.

    Args:
        secret: The secret; ignored if shorter than six characters, because it may be an ordinary word.
        lasting: Whether to keep it for good, as for configured secrets. Others, such as tokens, are evicted by later
            ones.
    """
    if len(secret) >= _SHORTEST:
        known.add(secret, lasting=lasting)
        clean_label.cache_clear()


@lru_cache(maxsize=_MOST_LABELS)
def clean_label(text: str) -> str:
    """Return a label value with known secrets redacted, except short ones.

    Results are cached, because every poll returns the same labels.
    """
    return known.without(text, SHORTEST_IN_LABEL)


def contains_secret(text: str) -> bool:
    """Return whether a text contains a known secret."""
    return known.without(text) != text


def names_secret(key: str) -> bool:
    """Return whether the name of a key marks its value as a secret."""
    return bool(_SECRET_NAME.search(key)) and not _ABOUT_A_SECRET.search(key)


def without_secrets(text: str) -> str:
    """Return text without known secrets, credentials in URLs, and values of keys named like secrets."""
    text = known.without(text)
    text = _USERINFO.sub(r"\1", text)
    text = _QUERY.sub(rf"\1{REDACTED}", text)
    return _QUOTED.sub(rf"\1{REDACTED}", text)


def shown(key: str, value: object) -> object:
    """Return the value of a key as plain data, with secrets redacted at every depth."""
    if isinstance(value, (SecretStr, SecretBytes)) or (names_secret(key) and value not in (None, "")):
        return REDACTED
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {without_secrets(str(inner)): shown(str(inner), item) for inner, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [shown(key, item) for item in value]
    return without_secrets(str(value))


def _pieces(text: str) -> Iterator[str]:
    """Yield every substring of the length secrets are indexed by."""
    return (text[at : at + _SHORTEST] for at in range(len(text) - _SHORTEST + 1))


def _forms(secret: str) -> set[str]:
    """Return the secret, its encodings in URLs, forms and JSON, and each of these as in the repr of a dict.

    A message that quotes a request in JSON is itself a string of a JSON response, so JSON is encoded twice too.
    """
    forms = {
        secret,
        *(form(secret, plain, errors="replace") for form in (quote, quote_plus) for plain in _PLAIN_IN_URLS),
        *_in_json(secret),
        *(twice for once in _in_json(secret) for twice in _in_json(once)),
    }
    return forms | {repr(form)[1:-1] for form in forms}


def _in_json(text: str) -> Iterator[str]:
    """Yield the encodings of text within a JSON string."""
    return (json.dumps(text, ensure_ascii=each)[1:-1] for each in (True, False))
