"""What was probably meant by a misspelt word."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to `word` in any case, None where none is close."""
    by_lower = {each.lower(): each for each in sorted(known)}
    matches = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[matches[0]] if matches else None


def hint(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the closest known word, the empty string where none is close."""
    match = nearest(word, known)
    return f"; did you mean {match}?" if match else ""
