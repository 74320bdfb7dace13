"""The colours of the dashboards: distinguishable with colour blindness, and never without a word beside them.

Grafana's classic palette is not: without green vision, its first and fifth colours are the same. Lines of unknown names
therefore have the scheme BY_VALUE: the higher the last value of a line, the bluer it is, so that the colours have the
order of the line ends.
"""

from typing import Final

OK: Final = "#3274D9"  # blue
WATCH: Final = "#FF9830"  # orange
ACT: Final = "#C4162A"  # dark red
NONE: Final = "#7B8087"  # grey

BY_VALUE: Final = "continuous-YlBl"  # Grafana's scheme from pale yellow to blue

AGENT_STATES: Final = {
    "available": "#56B4E9",
    "ringing": "#F0E442",
    "busy": "#0072B2",
    "wrap_up": "#CC79A7",
    "not_ready": "#E69F00",
    "paused": "#8C4A1E",
    "logged_out": "#5A6068",
    "unknown": "#D8D9DA",
}
OUTCOMES: Final = {
    "transferred": "#56B4E9",
    "held": "#F0E442",
    "not answered by the agent": "#0072B2",
    "overflowed": "#CC79A7",
    "escalated": "#E69F00",
    "rejected, closed": "#5A6068",
    "abandoned at once": "#8C4A1E",
}
PORT_STATES: Final = {
    "idle": "#56B4E9",
    "seized": "#F0E442",
    "queued": "#E69F00",
    "connected": "#0072B2",
    "ringing": "#7B3FE4",
    "held": "#CC79A7",
    "maintenance": "#5A6068",
    "fault": "#C4162A",
    "unknown": "#D8D9DA",
}
