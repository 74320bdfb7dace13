"""Suggest the closest known word for a misspelt one."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to `word`, ignoring case; None if none is close."""
    by_lower = {each.lower(): each for each in sorted(known)}
    matches = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[matches[0]] if matches else None


def hint(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the closest known word, an empty string if none is close."""
    match = nearest(word, known)
    return f"; did you mean {match}?" if match else ""
