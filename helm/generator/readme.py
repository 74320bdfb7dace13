"""The tables in the README of the chart."""

import json
from collections.abc import Iterable, Iterator

from helm.generator.values import Value, leaves

START = "<!-- values: written by `make docs` from values.yaml -->"
END = "<!-- end of values -->"
_BAR = "\\|"


def render(text: str, values: tuple[Value, ...]) -> str:
    """Return a README with its table of values replaced.

    Args:
        text: The README.
        values: The values to list.

    Raises:
        ValueError: The lines that delimit the table are missing.
    """
    return replaced(text, START, END, _table(values))


def replaced(text: str, start: str, end: str, lines: Iterable[str]) -> str:
    """Return text with the lines between two marks replaced.

    Args:
        text: The text.
        start: The line before.
        end: The line after.
        lines: The new lines.

    Raises:
        ValueError: A mark is missing.
    """
    before, found_start, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise ValueError(f"the README needs the lines {start} and {end}")
    return "\n".join((before + start, *lines, end)) + after


def _table(values: tuple[Value, ...]) -> Iterator[str]:
    yield "| value | type | default | meaning |"
    yield "|---|---|---|---|"
    for value in leaves(values):
        default = f"`{json.dumps(value.default, ensure_ascii=False)}`"
        cells = (f"`{value.name}`", " or ".join(_kinds(value)), default, value.text)
        yield f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |"


def _kinds(value: Value) -> tuple[str, ...]:
    kind = value.schema.get("type", value.kind)
    return (kind,) if isinstance(kind, str) else tuple(map(str, kind)) if isinstance(kind, list) else (value.kind,)
