"""Names of the recorded series, as used by recording rules, alerts and dashboards."""

from typing import Final, Literal

Level = Literal["queue", "group", "target"]
RateWindow = Literal["5m", "30m", "1h"]
Window = Literal["5m", "30m", "1h", "day"]
BurnWindow = Literal["5m", "30m", "1h", "6h", "1d", "3d"]

RATE_WINDOWS: Final[tuple[RateWindow, ...]] = ("5m", "30m", "1h")
WINDOWS: Final[tuple[Window, ...]] = (*RATE_WINDOWS, "day")
BURN_WINDOWS: Final[tuple[BurnWindow, ...]] = (*RATE_WINDOWS, "6h", "1d", "3d")

OBJECTIVE: Final = "queue:contactcenter_service_level:objective_ratio"
ERROR_BUDGET_REMAINING: Final = "queue:contactcenter_service_level:error_budget_remaining_ratio"
TRUNK_USAGE: Final = "trunk:contactcenter_usage:ratio"
PROMISE: Final = "queue:contactcenter_promise_seconds:effective"
LOAD: Final = "queue:contactcenter_load_erlangs:mean30m"
REQUIRED_AGENTS: Final = "queue:contactcenter_required_agents:mean30m"
STILL_EXPECTED: Final = "queue:contactcenter_contacts_still_expected:day"
TARGET_TRUNK_USAGE: Final = "target:contactcenter_trunk_usage:ratio"


def offered(window: RateWindow, level: Level = "queue") -> str:
    """Return the name of the contacts offered in a window."""
    return f"{level}:contactcenter_contacts_offered:increase{window}"


def answered(window: RateWindow) -> str:
    """Return the name of the contacts answered in a window."""
    return f"queue:contactcenter_contacts_answered:increase{window}"


def counted(window: Window | BurnWindow) -> str:
    """Return the name of the counted contacts in a window: offered, less short abandons."""
    return f"queue:contactcenter_contacts_counted:{'day' if window == 'day' else f'increase{window}'}"


def service_level(window: Window, level: Level = "queue") -> str:
    """Return the name of the service level over a window; "day" is the vendor's reporting period."""
    return f"{level}:contactcenter_service_level:{_ratio(window)}"


def abandonment(window: Window, level: Level = "queue") -> str:
    """Return the name of the abandon rate over a window."""
    return f"{level}:contactcenter_abandonment:{_ratio(window)}"


def speed_of_answer(window: Window, level: Level = "queue") -> str:
    """Return the name of the average speed of answer over a window, in seconds."""
    return f"{level}:contactcenter_speed_of_answer_seconds:{_mean(window)}"


def handle_time(window: Window, level: Level = "queue") -> str:
    """Return the name of the average handle time over a window, in seconds."""
    return f"{level}:contactcenter_handle_time_seconds:{_mean(window)}"


def occupancy(level: Level = "queue") -> str:
    """Return the name of the current occupancy of the agents."""
    return f"{level}:contactcenter_occupancy:ratio"


def burn_rate(window: BurnWindow) -> str:
    """Return the name of the error budget burn rate over a window; 1 just meets the objective."""
    return f"queue:contactcenter_service_level:burn_rate{window}"


def _ratio(window: Window) -> str:
    return "ratio_day" if window == "day" else f"ratio_rate{window}"


def _mean(window: Window) -> str:
    return "mean_day" if window == "day" else f"mean{window}"
