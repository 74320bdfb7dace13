"""Combine several vendor fields into one model value."""

from collections.abc import Mapping

from exporter.model import CHANNELS, DIRECTIONS, Channel, Direction, Handled

# The entries of an agent's `handled`: `Field("calls_in", "handled.voice.in", number)`.
_HANDLED: Mapping[str, tuple[Channel, Direction]] = {
    f"{channel}.{direction}": (channel, direction) for channel in CHANNELS for direction in DIRECTIONS
}


def join_words(parts: Mapping[str, str]) -> str:
    """Return texts joined by spaces in the order of their fields, such as a first and a last name."""
    return " ".join(parts.values())


def handled_contacts(counts: Mapping[str, float]) -> tuple[Handled, ...]:
    """Return contacts handled; each count is named by its channel and direction, such as `voice.in`."""
    return tuple(
        Handled(channel=channel, direction=direction, contacts=count)
        for (channel, direction), count in ((_HANDLED[key], count) for key, count in counts.items())
    )
