"""Tables that join the results of several queries about the same items."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import common as choices
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.generator.boards import panels


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: Its heading.
        expr: What fills it: one value a row, with no other labels than the rows have.
        unit: What its numbers count, as Grafana names it.
        steps: From which number on which colour, where a number can be bad.
        base: The colour below the first step.
        words: Words and colours shown in place of numbers.
        label: A label the answer has besides the rows' own; the column then shows it, and not the value.
        decimals: How many decimals are shown; None leaves it to Grafana.
    """

    name: str
    expr: str
    unit: str = panels.COUNT
    steps: panels.Steps = ()
    base: str = "transparent"
    words: panels.Words | None = None
    label: str = ""
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """What a table has one row of.

    Attributes:
        labels: The labels that make a row, and the heading of each; no heading hides it.
        sort_by: The headings that order the rows, the largest first.
        link: The title and address of a data link on the first column; "" for none.
    """

    labels: dict[str, str]
    sort_by: Sequence[str] = ()
    link: tuple[str, str] = ("", "")


def build(about: panels.About, rows: Rows, columns: Sequence[Column]) -> model.Panel:
    """Return a table.

    Args:
        about: What it shows.
        rows: What it has one row of.
        columns: What stands beside them, at least two.
    """
    builder = (
        table.Panel()
        .cell_height(choices.TableCellHeight.SM)
        .show_header(show_header=True)
        .sort_by([common.TableSortByFieldState().display_name(name).desc(desc=True) for name in rows.sort_by])
        .transformations([model.DataTransformerConfig(id_val="merge", options={}), _organized(rows, columns)])
    )
    for place, column in enumerate(columns):
        asked = panels.asked(panels.Query(column.expr, column.name), place).instant().format(PromQueryFormat.TABLE)
        builder = builder.with_target(asked).override_by_name(column.name, _looks(column))
    title, address = rows.link
    if address:
        links = [{"title": title, "url": address, "targetBlank": False}]
        first = next(name for name in rows.labels.values() if name)
        builder = builder.override_by_name(first, [model.DynamicConfigValue(id_val="links", value=links)])
    return panels.finished(builder.build(), about)


def _organized(rows: Rows, columns: Sequence[Column]) -> model.DataTransformerConfig:
    hidden = ["Time", *(label for label, name in rows.labels.items() if not name)]
    names = {label: name for label, name in rows.labels.items() if name}
    for ref_id, column in zip(panels.REF_IDS, columns, strict=False):
        if column.label:
            hidden.append(f"Value #{ref_id}")
        names[column.label or f"Value #{ref_id}"] = column.name
    options = {
        "excludeByName": dict.fromkeys(hidden, True),
        "indexByName": {name: place for place, name in enumerate(names)},
        "renameByName": names,
    }
    return model.DataTransformerConfig(id_val="organize", options=options)


def _looks(column: Column) -> list[model.DynamicConfigValue]:
    looks: dict[str, object] = {"unit": column.unit}
    if column.decimals is not None:
        looks["decimals"] = column.decimals
    if column.words:
        looks["mappings"] = panels.worded(column.words)
    if column.steps:
        looks["thresholds"] = panels.stepped(column.steps, column.base)
    if column.words or column.steps:
        looks["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in looks.items()]
