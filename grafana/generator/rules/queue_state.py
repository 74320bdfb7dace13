"""The state of each queue, recorded once: the wall, the tables and the alerts all read it and cannot disagree.

It is 2 (act), 1 (watch), 0 (ok) or -1 (no thresholds), with the cause in the label `because`. The order of queues by
their state is recorded only of the few with a figure near a threshold, so that to find the worst of 10,000 queues
reads few series.
"""

from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY, combined
from grafana.generator.rules import names
from grafana.generator.rules.breaches import BREACH
from grafana.generator.rules.effective_thresholds import SERVING_AGENTS
from grafana.generator.rules.rule_files import Record
from grafana.generator.rules.windows import indented

STATE: Final = "queue:contactcenter_state:level"
ORDER: Final = "queue:contactcenter_state:order"
NO_THRESHOLD: Final = "queue:contactcenter_thresholds:none"
NO_CAUSE: Final = "-"
# The order of queues of a state begins at so many times the state; their worst figures, at most 100, are added.
STATE_STEP: Final = 1000

_ON: Final = f"on ({QUEUE_KEY})"
_WAITING: Final = catalog.QUEUE_WAITING_CONTACTS.name
_OLDEST_WAIT: Final = catalog.QUEUE_OLDEST_WAIT.name


def of_thresholds() -> Record:
    """Return the rule of the queues without any threshold, not even a default.

    They are those of e-mails without an objective.
    """
    waits = f"{catalog.PREFIX}queue_(waiting_contacts|oldest_wait_seconds)"
    emails, others = (f'{{__name__=~"{waits}", channel{operator}"email"}}' for operator in ("=", "!="))
    explicit = f'{{__name__=~"{catalog.PREFIX}queue_.+_threshold.*"}}'
    promise = catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS.name
    known = (f"({SERVING_AGENTS} or {emails})", names.OBJECTIVE, others, explicit, promise)
    without = f"\nunless {_ON} ".join(known)
    return Record(NO_THRESHOLD, f"group by ({QUEUE_KEY}) (\n  {indented(without)}\n)")


def records() -> tuple[Record, Record]:
    """Return the rules of the state; the labels of a queue come from one source while it is renamed.

    Nearly all queues have a threshold and no cause, and only the others are looked up by their keys.
    """
    critical, warning = (f'{BREACH}{{severity="{severity}"}}' for severity in ("critical", "warning"))
    caused = (
        f"2 + 0 * topk by ({QUEUE_KEY}) (1, {critical})",
        f"1 + 0 * topk by ({QUEUE_KEY}) (1, {warning} > 1)",
        f'label_replace(-1 * {NO_THRESHOLD}, "because", "{NO_CAUSE}", "", "")',
    )
    others = f"\n  or {_ON}\n  ".join(caused)
    sources = (_WAITING, _OLDEST_WAIT, SERVING_AGENTS, names.OBJECTIVE)
    other = f"({critical} or {warning} > 1 or {NO_THRESHOLD})"
    named_others = f"\n  or {_ON} ".join(f"({source} and {_ON} {other})" for source in sources)
    named = f"\n  or {_ON} ".join(sources)
    return (
        Record(STATE, f"0 * (\n  {named_others}\n)\n+ {_ON} group_left (because) (\n  {others}\n)"),
        Record(STATE, f"0 * (\n  ({named})\n  unless {_ON} {other}\n)", {"because": NO_CAUSE}),
    )


def order() -> Record:
    """Return the rule of the order of queues by state and then by worst figure; queues without a figure come last."""
    level = f"{STATE_STEP} * clamp_min({STATE}, 0)"
    return Record(ORDER, f"max without (because) (\n  {combined(level, '+', BREACH)}\n)")
