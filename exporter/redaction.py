"""Secrets taken out of what is about to be shown: by the name they go under, by their type, and out of URLs."""

import math
import re
from collections.abc import Mapping
from typing import Final

from pydantic import SecretBytes, SecretStr

REDACTED: Final = "[redacted]"

_WORDS: Final = "secret|token|passw|authorization|api_?-?key|pseudonym_key|private_key|cookie|credential"
_SECRET_NAME: Final = re.compile(_WORDS, re.IGNORECASE)
# Where a secret lies, how long it lives and what kind it is are no secrets.
_ABOUT_A_SECRET: Final = re.compile(r"_(?:file|path|url|seconds|type)$", re.IGNORECASE)
_USERINFO: Final = re.compile(r"""(\b[a-z][a-z0-9+.-]*://)[^\s/?#"'<>]*@""", re.IGNORECASE)
_QUERY: Final = re.compile(rf"""([?&][\w.-]*(?:{_WORDS}|session|signature|\bkey)[\w.-]*=)[^&\s#"'<>]+""", re.IGNORECASE)
# As in the text of a dict or of JSON, such as a request's headers in an exception.
_QUOTED: Final = re.compile(rf"""(["'][\w.-]*(?:{_WORDS})[\w.-]*["']\s*:\s*b?(["']))(?:\\.|(?!\2).)*""", re.IGNORECASE)


def names_secret(key: str) -> bool:
    """Return whether a key's name says that its value is a secret."""
    return bool(_SECRET_NAME.search(key)) and not _ABOUT_A_SECRET.search(key)


def without_secrets(text: str) -> str:
    """Return text without the user names and passwords of its URLs and without values that a name calls secret."""
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
        return {str(inner): shown(str(inner), item) for inner, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [shown(key, item) for item in value]
    return without_secrets(str(value))
