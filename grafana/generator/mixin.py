"""The expressions of all rules and dashboards with marks where the mixin adds its matchers.

Jsonnet has no regular expressions, so that the mixin could not find the selectors of an expression itself. It looks up
each expression of the generated files here and replaces the marks.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from grafana.generator import boards, rules

PATH: Final = "mixin/expressions.json"

# In place of further matchers, before those of the selector; and of a whole selector.
MATCHERS: Final = "⟪matchers⟫"
SELECTOR: Final = "⟪{matchers}⟫"
# An alert may concern several jobs and then has no job.
WITHOUT_JOB: Final = "⟪matchers without job⟫"

_SERIES: Final = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"                                     # text, which may contain names
    | \{(?=__name__)                                      # a selector without a name
    | (?<![\w:$])
      (?P<name>(?:[a-z_]+:)?contactcenter_[\w:]+|up|ALERTS|process_\w+|python_gc_\w+)
      (?![\w:(])
      (?P<brace>\{)?
    """,
    re.VERBOSE,
)


def files() -> Iterator[tuple[str, str]]:
    """Yield the file of the expressions: its path under grafana/, and its text."""
    found = dict.fromkeys(expression for text in _sources() for expression in _expressions(text))
    marked_by_expression = {expression: marked(expression) for expression in sorted(found)}
    yield PATH, json.dumps(marked_by_expression, indent=1, ensure_ascii=False) + "\n"


def marked(expression: str) -> str:
    """Return an expression with a mark in every selector.

    Args:
        expression: PromQL, or the query of a dashboard's variable.
    """
    return _SERIES.sub(_mark, expression)


def _mark(found: re.Match[str]) -> str:
    if found[0] == "{":
        return "{" + MATCHERS
    if found["name"] is None:
        return found[0]
    if found["brace"] is None:
        return found["name"] + SELECTOR
    return found[0] + (WITHOUT_JOB if found["name"] == "ALERTS" else MATCHERS)


def _sources() -> Iterator[Any]:
    for _, text in rules.files():
        yield yaml.safe_load(text)
    for _, text in boards.files():
        yield json.loads(text)


def _expressions(data: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield every expression of a rule file or a dashboard, at any depth."""
    if isinstance(data, list):
        for item in data:
            yield from _expressions(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str) and key in {"expr", "definition"}:
                yield value
            elif key == "query" and isinstance(value, dict):
                yield value["query"]
            else:
                yield from _expressions(value)
