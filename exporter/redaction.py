"""Secrets taken out of what is about to be shown: by name, by type, out of URLs, and wherever a known one turns up.

A vendor may repeat what we sent it: in an error, in a value, in a name. What it repeats goes by no name that gives it
away, so the secrets themselves are remembered when they are read or received.
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
"""How long a secret is that no label shows. A shorter one may also be somebody's name or number: blanking these would
merge series and give the secret away."""

_WORDS: Final = "secret|token|passw|authorization|api_?-?key|pseudonym_key|private_key|cookie|credential"
_SECRET_NAME: Final = re.compile(_WORDS, re.IGNORECASE)
# Where a secret lies, how long it lives and what kind it is are no secrets.
_ABOUT_A_SECRET: Final = re.compile(r"_(?:file|path|url|seconds|type)$", re.IGNORECASE)
_USERINFO: Final = re.compile(r"""(\b[a-z][a-z0-9+.-]*://)[^\s/?#"'<>]*@""", re.IGNORECASE)
_QUERY: Final = re.compile(rf"""([?&][\w.-]*(?:{_WORDS}|session|signature|\bkey)[\w.-]*=)[^&\s#"'<>]+""", re.IGNORECASE)
# As in the text of a dict or of JSON, such as a request's headers in an exception.
_QUOTED: Final = re.compile(rf"""(["'][\w.-]*(?:{_WORDS})[\w.-]*["']\s*:\s*b?(["']))(?:\\.|(?!\2).)*""", re.IGNORECASE)

# A shorter secret, such as `demo`, may be any word and would blank half of what is shown.
_SHORTEST: Final = 6
# What was cut within a secret still shows its start; less of it may be any word.
_SHORTEST_START: Final = 12
# What is shown is shorter, so that the rest of a longer one is not seen.
_LONGEST: Final = 1 << 13
# Several tokens of each of a thousand targets.
MOST_RECEIVED: Final = 5_000
# All names and ids of a large centre, which come anew with every poll.
_MOST_LABELS: Final = 1 << 16
# What stands for itself in an address: nothing, as in forms; as in paths; as in the queries we send.
_PLAIN_IN_URLS: Final = ("", "/", "/?:@!$'()*,")


class Known:
    """The secrets this process knows, in each form in which a vendor may repeat them."""

    def __init__(self) -> None:
        self._lasting: set[str] = set()
        self._received: dict[str, None] = {}
        # Never changed in place: a reload reads secrets in a thread while the event loop looks them up.
        self._by_start: dict[str, frozenset[str]] = {}
        self._adding = Lock()

    def add(self, secret: str, *, lasting: bool) -> None:
        """Take note of a secret; of those that do not last only the latest are kept."""
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
        """Return text with every known secret replaced, also one that the text's end cuts short.

        Args:
            text: What is about to be shown.
            shortest: How long a secret is that must not be shown.
        """
        if self._by_start.keys().isdisjoint(_pieces(text)):
            return text
        near = {form for piece in _pieces(text) for form in self._by_start.get(piece, ()) if len(form) >= shortest}
        for form in sorted(near, key=len, reverse=True):
            text = text.replace(form, REDACTED)
            at = text.rfind(form[:_SHORTEST_START])
            if at >= 0 and form.startswith(text[at:]):
                text = text[:at] + REDACTED
        return text

    def _forget(self, form: str) -> None:
        del self._received[form]
        if form not in self._lasting:
            alike = self._by_start.pop(form[:_SHORTEST]) - {form}
            if alike:
                self._by_start[form[:_SHORTEST]] = alike


known = Known()
"""What this process knows; one for all, since whoever shows something cannot tell whose it is."""


def remember(secret: str, *, lasting: bool = False) -> None:
    """Keep a secret from being shown from now on, wherever it turns up.

    Args:
        secret: The secret; one of fewer than six characters is passed over, since it may be any word.
        lasting: Whether it is configured. Others, such as tokens, give way to later ones at some time.
    """
    if len(secret) >= _SHORTEST:
        known.add(secret, lasting=lasting)
        clean_label.cache_clear()


@lru_cache(maxsize=_MOST_LABELS)
def clean_label(text: str) -> str:
    """Return a label's value without known secrets, short ones excepted.

    The same labels come with every poll, so the answers are kept.
    """
    return known.without(text, SHORTEST_IN_LABEL)


def names_secret(key: str) -> bool:
    """Return whether a key's name says that its value is a secret."""
    return bool(_SECRET_NAME.search(key)) and not _ABOUT_A_SECRET.search(key)


def without_secrets(text: str) -> str:
    """Return text without known secrets, users and passwords in its URLs, and values that a name calls secret."""
    text = known.without(text)
    text = _USERINFO.sub(r"\1", text)
    text = _QUERY.sub(rf"\1{REDACTED}", text)
    return _QUOTED.sub(rf"\1{REDACTED}", text)


def shown(key: str, value: object) -> object:
    """Return a value as it may be shown under a key: plain data, secrets replaced at every depth."""
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
    """Yield every run of characters with which a secret may start."""
    return (text[at : at + _SHORTEST] for at in range(len(text) - _SHORTEST + 1))


def _forms(secret: str) -> set[str]:
    """Return a secret as it is, as it stands in URLs and forms and in JSON, and each of these in the text of a dict."""
    forms = {
        secret,
        *(form(secret, plain, errors="replace") for form in (quote, quote_plus) for plain in _PLAIN_IN_URLS),
        *(json.dumps(secret, ensure_ascii=each)[1:-1] for each in (True, False)),
    }
    return forms | {repr(form)[1:-1] for form in forms}
