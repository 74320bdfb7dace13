"""The table of values in the README of the chart."""

import json
from collections.abc import Iterator

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
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"the README needs the lines {START} and {END}")
    return "\n".join((before + start, *_table(values), end)) + after


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
