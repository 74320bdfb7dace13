"""The recording rules with `anchored` range selectors, for Prometheus 3.16 or newer: in place of recording.yml.

`increase(total[30m] anchored)` is the difference between the last sample before the window and the last one in it,
with restarts. It is whole contacts in every case, whereas the other rules extrapolate a total that restarted within the
window or is younger than it. Source: https://prometheus.io/docs/prometheus/latest/feature_flags/
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from grafana.generator.rules import recording
from grafana.generator.rules.rule_files import Group, Record, render

# In a folder of its own: a store must not evaluate both files.
PATH: Final = "rules/anchored/recording.yml"

# What `windows.grown` returns, at any indentation.
_GROWN: Final = re.compile(
    r"\(\s*(?P<total>\S+) - (?P=total) offset (?P<window>\w+) >= 0 and resets\((?P=total)\[(?P=window)\]\) == 0"
    r"\s*or increase\((?P=total)\[(?P=window)\]\) and (?P=total)\s*\)"
)
_ANCHORED: Final = r"(increase(\g<total>[\g<window>] anchored) and \g<total>)"


def text() -> str:
    """Return the text of the file."""
    return render(_groups())


def _groups() -> Iterator[Group]:
    for group in recording.groups():
        yield replace(group, rules=tuple(_anchored(rule) if isinstance(rule, Record) else rule for rule in group.rules))


def _anchored(rule: Record) -> Record:
    return replace(rule, expr=_GROWN.sub(_ANCHORED, rule.expr))
