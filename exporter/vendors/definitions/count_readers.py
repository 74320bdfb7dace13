"""Readers of lists that become counts by word, such as the agents of a queue by state."""

from collections.abc import Mapping
from typing import Any

from exporter.vendors.definitions.value_readers import WordTable, as_word
from exporter.vendors.toolkit.readers import NoValueError, Reader, UnmappedError, number, text


class _Tally:
    """Counts by word, with the values that have no mapping."""

    def __init__(self, read: Reader, unknown: str | None, counts: Mapping[str, float]) -> None:
        self.counts: dict[str, float] = dict(counts)
        self._read = read
        self._unknown = unknown
        self._unmapped: list[UnmappedError] = []
        self._incomplete: set[str] = set()

    def add(self, word: object, amount: float | None) -> None:
        """Add an amount to the value of a word; None makes it incomplete."""
        try:
            meaning = self._read("" if word is None else word)
        except NoValueError:
            meaning = self._unknown
        except UnmappedError as error:
            self._unmapped.append(error)
            meaning = error.fallback
        if not isinstance(meaning, str):
            return
        if amount is None:
            self._incomplete.add(meaning)
        else:
            self.counts[meaning] = self.counts.get(meaning, 0) + amount

    def amount(self, value: object) -> float | None:
        """Read an amount; None if it is missing or invalid."""
        try:
            return None if value is None else number(value)
        except UnmappedError as error:
            self._unmapped.append(error)
            return None

    def result(self) -> Mapping[str, float]:
        """Return the complete counts.

        Raises:
            UnmappedError: A value has no mapping; the fallback has the complete counts.
        """
        complete = {word: amount for word, amount in self.counts.items() if word not in self._incomplete}
        if self._unmapped:
            raise UnmappedError(str(self._unmapped[0]), complete)
        return complete


def count_reader(words: WordTable) -> Reader:
    """Return a reader of a list of words as the number of each; one that does not occur is 0."""
    read_word = words.reader()
    none = _none_of(words)

    def read(values: Any) -> Mapping[str, float]:  # noqa: ANN401 - the list that a count's source returns
        tally = _Tally(read_word, words.unknown, none)
        for value in values:
            tally.add(value, 1)
        return tally.result()

    return read


def pivot_reader(words: WordTable | None, *, zero: bool) -> Reader:
    """Return a reader of pairs of a name and a count as the sum of each word's counts.

    A word with a count that is missing or invalid is left out: a smaller sum would be wrong.

    Args:
        words: The vendor's names and their values in the model; None if the names are used as they are.
        zero: Whether a word without a count is 0 if the list has another of the words.
    """
    read_word: Reader = text if words is None else words.reader()
    names = set() if words is None else {name.casefold() for name in words.meanings}
    unknown = None if words is None else words.unknown

    def read(pairs: Any) -> Mapping[str, float]:  # noqa: ANN401 - the pairs that a pivot's source returns
        named = [(name, value) for name, value in pairs if name not in {None, ""}] if zero else pairs
        has_words = any(str(as_word(name)).casefold() in names for name, _ in named)
        tally = _Tally(read_word, unknown, _none_of(words) if zero and has_words and words is not None else {})
        for name, value in named:
            tally.add(name, tally.amount(value))
        return tally.result()

    return read


def _none_of(words: WordTable) -> Mapping[str, float]:
    """Return a count of 0 for the value of each word."""
    return {meaning: 0 for meaning in words.meanings.values() if meaning is not None}
