"""The baseline of a poll: typed msgspec decoding and plain string formatting, without any checks.

It does not handle unknown, missing, duplicate or secret values, escaping, limits or decreasing totals.
"""

from collections import Counter
from typing import Any

import msgspec

from exporter.model import AGENT_STATES
from exporter.vendors.kpn.tables import AGENT_WORDS


class _Row(msgspec.Struct, rename="pascal"):
    agent: str
    logid: str
    dep: str
    status: str
    reason: str
    time: int


class _Data(msgspec.Struct):
    agents: list[_Row]


class _Document(msgspec.Struct, rename={"data": "DataSet", "error": "Error"}):
    data: _Data
    error: Any = None


_DECODER = msgspec.json.Decoder(_Document)


def page(body: bytes) -> bytes:
    """Return the sample lines of a response's agents."""
    rows = _DECODER.decode(body).data.agents
    states: list[str] = []
    seconds: list[str] = []
    for row in rows:
        now = AGENT_WORDS[row.status]
        labels = f'target="amsterdam",agent_id="{row.logid}",agent="{row.agent}"'
        states += [
            f'contactcenter_agent_state{{{labels},state="{state}"}} {1 if state == now else 0}\n'
            for state in AGENT_STATES
        ]
        seconds.append(f"contactcenter_agent_time_in_state_seconds{{{labels}}} {row.time}\n")
    counts = Counter((row.dep, AGENT_WORDS[row.status], row.reason) for row in rows)
    teams = [
        f'contactcenter_agents{{target="amsterdam",group="{group}",state="{state}",reason="{reason}"}} {count}\n'
        for (group, state, reason), count in counts.items()
    ]
    return "".join(teams + states + seconds).encode()
