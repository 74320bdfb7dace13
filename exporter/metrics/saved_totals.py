"""The saved form of running totals, from which a restarted exporter continues them.

Totals are identified by text, because the columns of one process are unknown to the next. Each family, label and
reporting period is written once.
"""

import msgspec

from exporter.metrics.columns import Labels
from exporter.model import Period

ColumnName = tuple[str, Labels]
"""The name of a family, and the labels that a column adds."""

Saved = dict[Labels, dict[ColumnName, tuple[float, float, Period | None]]]
"""By entity and column: the value returned last, the value exported, and the reporting period of both."""

_UNKNOWN = -1
_UNKNOWN_TIME = float("-inf")


class _Document(msgspec.Struct, array_like=True):
    """Totals refer to columns and periods by their position; a period of -1 is unknown.

    A period that began at an unknown time has None for it: JSON has no infinity.
    """

    columns: list[ColumnName]
    periods: list[tuple[str, float | None]]
    totals: list[tuple[Labels, list[tuple[int, int | float, int | float, int]]]]


def encode(saved: Saved) -> bytes:
    """Return the saved form of totals."""
    columns: dict[ColumnName, int] = {}
    periods: dict[Period, int] = {}
    totals = [
        (
            identity,
            [
                (
                    columns.setdefault(column, len(columns)),
                    last,
                    held,
                    _UNKNOWN if period is None else periods.setdefault(period, len(periods)),
                )
                for column, (last, held, period) in states.items()
            ],
        )
        for identity, states in saved.items()
    ]
    times = [(each.name, each.began if each.began > _UNKNOWN_TIME else None) for each in periods]
    return msgspec.json.encode(_Document(list(columns), times, totals))


def decode(document: bytes) -> Saved:
    """Return the totals of a saved form.

    Raises:
        msgspec.MsgspecError: It is invalid.
    """
    found = msgspec.json.decode(document, type=_Document)
    periods: dict[int, Period | None] = {
        _UNKNOWN: None,
        **{
            number: Period(name=name, began=_UNKNOWN_TIME if began is None else began)
            for number, (name, began) in enumerate(found.periods)
        },
    }
    try:
        return {
            identity: {
                found.columns[column]: (last, held, periods[period])
                for column, last, held, period in states
                if column >= 0
            }
            for identity, states in found.totals
        }
    except LookupError as error:
        raise msgspec.ValidationError("totals of an unknown column or period") from error
