"""Closed queues, by their own evidence: what still waits in them is stuck, and they need no agents."""

from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY, TARGET_KEY
from grafana.generator.rules import names
from grafana.generator.rules.effective_thresholds import SERVING_AGENTS
from grafana.generator.rules.rule_files import Record

CLOSED: Final = "queue:contactcenter_closed:info"

_ON: Final = f"on ({QUEUE_KEY})"
_AGENTS: Final = catalog.QUEUE_AGENTS.name
_QUIET: Final = f"{names.offered('30m')} < 0.5"
_WORKING: Final = 'state=~"available|ringing|busy|wrap_up"'

NOT_CLOSED: Final = f"unless {_ON} {CLOSED}"
# A queue needs no agents if no contact waits and either no agent serves it or no contact came for 30 minutes. Agents
# may be signed in before it opens, or stay signed in because they serve other queues.
NEEDS_AGENTS: Final = (
    f"unless {_ON} (({SERVING_AGENTS} == 0 or {_QUIET}) unless {_ON} {catalog.QUEUE_WAITING_CONTACTS.name} > 0)"
)


def record() -> Record:
    """Return the rule that records closed queues.

    No agent works for such a queue and no contact came for 30 minutes; if its agents are unknown, those of the contact
    centre count. E-mails wait until agents return.
    """
    no_arrival = f"{_QUIET} and {_ON} {catalog.QUEUE_CONTACTS_OFFERED.name} offset 30m"
    none_working = (
        f"{SERVING_AGENTS} == 0 or {_ON}"
        f' (sum by ({QUEUE_KEY}) ({_AGENTS}{{{_WORKING}}}) == 0 and {_ON} {_AGENTS}{{state="busy"}})'
    )
    centre_away = f"sum by ({TARGET_KEY}) ({catalog.AGENTS.name}{{{_WORKING}}}) == 0"
    return Record(
        CLOSED,
        f"group by ({QUEUE_KEY}) (\n"
        f'  {SERVING_AGENTS}{{channel="email"}} == 0\n'
        f"  or {no_arrival} and {_ON} (\n    {none_working}\n"
        f"    or {_QUIET} and on ({TARGET_KEY}) {centre_away} unless {_ON} {SERVING_AGENTS}\n  )\n)",
    )
