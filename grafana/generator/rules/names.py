"""Names of the recorded series, as used by recording rules, alerts and dashboards."""

from typing import Final, Literal

Level = Literal["queue", "group", "target"]
Window = Literal["30m", "day"]
BurnWindow = Literal["6m", "30m", "1h", "6h", "3d"]

BURN_WINDOWS: Final[tuple[BurnWindow, ...]] = ("6m", "30m", "1h", "6h", "3d")

OBJECTIVE: Final = "queue:contactcenter_service_level:objective_ratio"
ERROR_BUDGET_REMAINING: Final = "queue:contactcenter_service_level:error_budget_remaining_ratio"
ABANDONMENT_OF_ENOUGH: Final = "queue:contactcenter_abandonment_of_enough_contacts:ratio_rate30m"
COUNTED_UNIQUE: Final = "queue:contactcenter_contacts_counted_unique:increase30m"
TRUNK_USAGE: Final = "trunk:contactcenter_usage:ratio"
PROMISE: Final = "queue:contactcenter_promise_seconds:effective"
LOAD: Final = "queue:contactcenter_load_erlangs:mean30m"
REQUIRED_AGENTS: Final = "queue:contactcenter_required_agents:mean30m"
STILL_EXPECTED: Final = "queue:contactcenter_contacts_still_expected:day"
TARGET_TRUNK_USAGE: Final = "target:contactcenter_trunk_usage:ratio"


COUNTED_TODAY: Final = "queue:contactcenter_contacts_counted:day"
# The number of restarts, of the few queues whose day began within the window.
RESTARTED: Final = "queue:contactcenter_day:restarts30m"
# Only of queues whose promise is longer than the window.
IN_TIME: Final = "queue:contactcenter_contacts_in_time:increase30m"


# Of single contacts, where they are observed.
CONTACTS_IN_TIME: Final = "queue:contactcenter_contacts_in_time:ratio_30m"
CONTACTS_WAIT: Final = "queue:contactcenter_contact_wait_seconds:mean_30m"
CONTACTS_HANDLE: Final = "queue:contactcenter_contact_handle_seconds:mean_30m"


def offered(window: Literal["30m"]) -> str:
    """Return the name of the contacts offered in a window."""
    return f"queue:contactcenter_contacts_offered:increase{window}"


def counted(window: Literal["30m", "6h"]) -> str:
    """Return the name of the contacts with an outcome in a window, without short abandons."""
    return f"queue:contactcenter_contacts_counted:increase{window}"


def service_level(window: Window | BurnWindow, level: Level = "queue") -> str:
    """Return the name of the service level over a window; "day" is the vendor's reporting period."""
    return f"{level}:contactcenter_service_level:{_ratio(window)}"


def abandonment(window: Window) -> str:
    """Return the name of the abandon rate over a window."""
    return f"queue:contactcenter_abandonment:{_ratio(window)}"


def speed_of_answer(window: Window) -> str:
    """Return the name of the average speed of answer over a window, in seconds."""
    return f"queue:contactcenter_speed_of_answer_seconds:{_mean(window)}"


def handle_time(window: Window) -> str:
    """Return the name of the average handle time over a window, in seconds."""
    return f"queue:contactcenter_handle_time_seconds:{_mean(window)}"


def occupancy(level: Level) -> str:
    """Return the name of the current occupancy of the agents."""
    return f"{level}:contactcenter_occupancy:ratio"


def _ratio(window: Window | BurnWindow) -> str:
    return "ratio_day" if window == "day" else f"ratio_rate{window}"


def _mean(window: Window) -> str:
    return "mean_day" if window == "day" else f"mean{window}"
