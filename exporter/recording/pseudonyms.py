"""Pseudonyms: the same value has the same pseudonym within a recording, and cannot be reversed.

The key of the hash is random and never written, so that a pseudonym cannot be found by trying all telephone numbers or
names either.
"""

import hmac
import re
from base64 import b32encode
from secrets import token_bytes
from typing import Final
from unicodedata import normalize

_KEY_BYTES: Final = 32
_LEAST: Final = 10_000_000
_LETTERS: Final = 12
_HEX: Final = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Pseudonyms:
    """The pseudonyms of one recording."""

    def __init__(self) -> None:
        """Use a new random key."""
        self._key = token_bytes(_KEY_BYTES)
        self._numbers: dict[int, str] = {}

    def of_text(self, text: str) -> str:
        """Return the pseudonym of a text; that of a hexadecimal id is one too, as clients check the form of ids."""
        text = normalize("NFC", text.strip())
        if not _HEX.fullmatch(text):
            return f"x{b32encode(self._hash(text)).decode().lower()[:_LETTERS]}"
        digits = iter(self._hash(text.upper()).hex())
        replaced = "".join(each if each == "-" else next(digits) for each in text)
        return replaced.upper() if text == text.upper() else replaced

    def of_digits(self, digits: str) -> str:
        """Return the pseudonym of a number that identifies something, which is a number of eight digits."""
        digits = digits.strip()
        number = int.from_bytes(self._hash(digits))
        # So few numbers may collide, and longer ones are taken for telephone numbers.
        while self._numbers.setdefault(_LEAST + number % (9 * _LEAST), digits) != digits:
            number += 1
        return str(_LEAST + number % (9 * _LEAST))

    def _hash(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")
