"""Readers of lists that become counts by word, such as the agents of a queue by state."""

from collections.abc import Mapping
from typing import Any

from exporter.vendors.definitions.value_readers import word_reader
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


def count_reader(words: Mapping[str, str | None], unknown: str | None) -> Reader:
    """Return a reader of a list of words as the number of each; one that does not occur is 0.

    Args:
        words: The vendor's words and their values in the model.
        unknown: The value of other words, None to leave them out.
    """
    read_word = word_reader(words, unknown)
    none = {meaning: 0.0 for meaning in words.values() if meaning is not None}

    def read(values: Any) -> Mapping[str, float]:  # noqa: ANN401 - the list that a count's source returns
        tally = _Tally(read_word, unknown, none)
        for value in values:
            tally.add(value, 1)
        return tally.result()

    return read


def pivot_reader(words: Mapping[str, str | None] | None, unknown: str | None) -> Reader:
    """Return a reader of pairs of a name and a count as the sum of each word's counts.

    A word with a count that is missing or invalid is left out: a smaller sum would be wrong.

    Args:
        words: The vendor's names and their values in the model; None if the names are used as they are.
        unknown: The value of other names, None to leave them out.
    """
    read_word: Reader = text if words is None else word_reader(words, unknown)

    def read(pairs: Any) -> Mapping[str, float]:  # noqa: ANN401 - the pairs that a pivot's source returns
        tally = _Tally(read_word, unknown, {})
        for name, value in pairs:
            tally.add(name, tally.amount(value))
        return tally.result()

    return read
