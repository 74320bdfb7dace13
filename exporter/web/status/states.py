"""The texts of the status page: states, reasons, durations."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from exporter.errors import Reason
from exporter.polling.health import ResourceHealth

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400

REASONS: Final = {
    Reason.TIMEOUT: "timeout",
    Reason.CONNECTION: "connection failed",
    Reason.TLS: "TLS error",
    Reason.AUTH: "sign-in rejected",
    Reason.THROTTLED: "rate limited",
    Reason.HTTP: "HTTP error",
    Reason.DECODE: "unreadable response",
    Reason.INVALID: "unexpected response",
    Reason.LIMIT: "response too large",
}
"""The reasons a poll failed, as shown on the page."""


class State(StrEnum):
    """The state of a resource or target, worst first."""

    FAILING = "failing"
    STALE = "stale"
    WAITING = "waiting for the first poll"
    UP = "up"


def state_of(resource: ResourceHealth) -> State:
    """Return the state of a resource."""
    if resource.up is None:
        return State.WAITING
    if not resource.up:
        return State.FAILING
    return State.STALE if resource.stale else State.UP


def worst(states: Iterable[State]) -> State:
    """Return the worst of the states; waiting if there are none."""
    found = set(states)
    return next((state for state in State if state in found), State.WAITING)


def summarize(states: Iterable[State], noun: str) -> str:
    """Return the number of items in each state, such as `3 targets: 2 up, 1 failing`."""
    found = list(states)
    counts = ((found.count(state), state) for state in (State.UP, State.FAILING, State.STALE, State.WAITING))
    text = ", ".join(f"{count} {state}" for count, state in counts if count)
    return f"{plural(len(found), noun)}{': ' if text else ''}{text}"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, such as `1 target`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def span(seconds: float) -> str:
    """Return a duration in its two largest units: `7 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(whole, _MINUTE, "min", 1, "s")
    return _two(whole, _HOUR, "h", _MINUTE, "min") if whole < _DAY else _two(whole, _DAY, "d", _HOUR, "h")


def _two(whole: int, large: int, name: str, small: int, small_name: str) -> str:
    rest = whole % large // small
    return f"{whole // large} {name}" + (f" {rest} {small_name}" if rest else "")
