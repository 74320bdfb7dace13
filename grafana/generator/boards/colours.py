"""The colours of the dashboards: distinguishable with colour blindness, and never without a word beside them."""

from typing import Final

OK: Final = "#3274D9"  # blue
WATCH: Final = "#FF9830"  # orange
ACT: Final = "#C4162A"  # dark red
NONE: Final = "#7B8087"  # grey

AGENT_STATES: Final = {
    "available": "#56B4E9",
    "ringing": "#F0E442",
    "busy": "#0072B2",
    "wrap_up": "#CC79A7",
    "not_ready": "#E69F00",
    "paused": "#B07D2B",
    "logged_out": "#5A6068",
    "unknown": "#D8D9DA",
}
PORT_STATES: Final = {
    "idle": "#56B4E9",
    "seized": "#F0E442",
    "queued": "#E69F00",
    "connected": "#0072B2",
    "ringing": "#F5D76E",
    "held": "#CC79A7",
    "maintenance": "#7B8087",
    "fault": "#C4162A",
    "unknown": "#D8D9DA",
}
