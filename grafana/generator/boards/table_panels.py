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
        expr: Its query: one value per row, with the labels of the rows only.
        unit: The unit of its values, a Grafana identifier.
        steps: The value from which each colour applies; empty if no value is good or bad.
        base: The colour below the first step.
        words: Texts and colours shown in place of numbers.
        label: A label of the result besides those of the rows, shown instead of the value.
        decimals: The number of decimals; None lets Grafana choose.
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
    """The rows of a table.

    Attributes:
        labels: The labels that identify a row, with their headings; an empty heading hides the label.
        sort_by: The headings to sort by, in descending order of values.
        link: The title and URL of a data link on the first column; an empty URL omits it.
    """

    labels: dict[str, str]
    sort_by: Sequence[str] = ()
    link: tuple[str, str] = ("", "")


def build(about: panels.About, rows: Rows, columns: Sequence[Column]) -> model.Panel:
    """Return a table.

    Args:
        about: Its common options.
        rows: Its rows.
        columns: Its columns of values, at least two.
    """
    builder = (
        table.Panel()
        .cell_height(choices.TableCellHeight.SM)
        .show_header(show_header=True)
        .sort_by([common.TableSortByFieldState().display_name(name).desc(desc=True) for name in rows.sort_by])
        .transformations([model.DataTransformerConfig(id_val="merge", options={}), _organize(rows, columns)])
    )
    for place, column in enumerate(columns):
        target = (
            panels.data_query(panels.Query(column.expr, column.name), place).instant().format(PromQueryFormat.TABLE)
        )
        builder = builder.with_target(target).override_by_name(column.name, _overrides(column))
    title, url = rows.link
    if url:
        links = [{"title": title, "url": url, "targetBlank": False}]
        first = next(name for name in rows.labels.values() if name)
        builder = builder.override_by_name(first, [model.DynamicConfigValue(id_val="links", value=links)])
    return panels.with_common_options(builder.build(), about)


def _organize(rows: Rows, columns: Sequence[Column]) -> model.DataTransformerConfig:
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


def _overrides(column: Column) -> list[model.DynamicConfigValue]:
    overrides: dict[str, object] = {"unit": column.unit}
    if column.decimals is not None:
        overrides["decimals"] = column.decimals
    if column.words:
        overrides["mappings"] = panels.value_map(column.words)
    if column.steps:
        overrides["thresholds"] = panels.thresholds_config(column.steps, column.base)
    if column.words or column.steps:
        overrides["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in overrides.items()]
