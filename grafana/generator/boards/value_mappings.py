"""Value mappings: the texts and colours of states of queues, agents, ports, targets and resources."""

from typing import Final

from grafana.generator.boards import attention, colours
from grafana.generator.boards.panels import Words

QUEUE_STATES: Final[Words] = {
    attention.ACT: ("act", colours.ACT),
    attention.WATCH: ("watch", colours.WATCH),
    attention.OK: ("ok", colours.OK),
    attention.NOTHING_SET: ("no thresholds", colours.NONE),
}
UP: Final[Words] = {1: ("up", colours.OK), 0: ("DOWN", colours.ACT)}
TARGET_STATES: Final[Words] = {1: ("up to date", colours.OK), 0: ("OUT OF DATE", colours.ACT)}
YES_NO: Final[Words] = {1: ("yes", colours.OK), 0: ("NO", colours.ACT)}
AGENT_STATES: Final[Words] = {
    number: (state.replace("_", " "), colour)
    for number, (state, colour) in enumerate(colours.AGENT_STATES.items(), start=1)
}
PORT_STATES: Final[Words] = dict(enumerate(colours.PORT_STATES.items(), start=1))
AGENT_STATE_NUMBERS: Final = {state: number for number, state in enumerate(colours.AGENT_STATES, start=1)}
PORT_STATE_NUMBERS: Final = {state: number for number, state in enumerate(colours.PORT_STATES, start=1)}
