"""What the status page calls things: states, reasons, ages."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from exporter.errors import Reason
from exporter.polling.health import ResourceHealth

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400

REASONS: Final = {
    Reason.TIMEOUT: "no answer in time",
    Reason.CONNECTION: "cannot connect",
    Reason.TLS: "no secure connection",
    Reason.AUTH: "sign-in refused",
    Reason.THROTTLED: "asked too often",
    Reason.HTTP: "error answer",
    Reason.DECODE: "answer unreadable",
    Reason.INVALID: "answer not as documented",
    Reason.LIMIT: "answer too large",
}
"""Why a poll failed, for people."""


class State(StrEnum):
    """How a resource or a target fares; the worst first."""

    FAILING = "failing"
    STALE = "stale"
    WAITING = "waiting for the first poll"
    UP = "up"


def state_of(resource: ResourceHealth) -> State:
    """Return how a resource fares."""
    if resource.up is None:
        return State.WAITING
    if not resource.up:
        return State.FAILING
    return State.STALE if resource.stale else State.UP


def worst(states: Iterable[State]) -> State:
    """Return the worst of some states; nothing to ask for is nothing polled."""
    found = set(states)
    return next((state for state in State if state in found), State.WAITING)


def counted(states: Iterable[State], noun: str) -> str:
    """Return how many there are of each state, such as `3 targets: 2 up, 1 failing`."""
    found = list(states)
    amounts = ((found.count(state), state) for state in (State.UP, State.FAILING, State.STALE, State.WAITING))
    told = ", ".join(f"{amount} {state}" for amount, state in amounts if amount)
    return f"{plural(len(found), noun)}{': ' if told else ''}{told}"


def plural(amount: int, noun: str) -> str:
    """Return an amount of something countable, such as `1 target`."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def span(seconds: float) -> str:
    """Return a time as people say it, in its two largest units: `7 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(whole, _MINUTE, "min", 1, "s")
    return _two(whole, _HOUR, "h", _MINUTE, "min") if whole < _DAY else _two(whole, _DAY, "d", _HOUR, "h")


def _two(whole: int, large: int, name: str, small: int, small_name: str) -> str:
    rest = whole % large // small
    return f"{whole // large} {name}" + (f" {rest} {small_name}" if rest else "")
