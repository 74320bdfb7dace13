"""Render the status page as HTML, with a content security policy."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from exporter.polling.health import TargetHealth
from exporter.runtime.clock import Clock
from exporter.web.status.resource_rows import RowFilter, rows
from exporter.web.status.states import plural, span, state_of, summarize, worst

REFRESH_SECONDS: Final = 10
"""The refresh interval of the page."""

_DOCS: Final = "https://github.com/contactcenter-exporter/contactcenter-exporter#readme"
_DASHBOARDS: Final = {
    "Wall": "wall",
    "Queues": "queues",
    "Agents": "agents",
    "Trunks": "trunks",
    "Service level": "service-level",
    "Exporter": "exporter",
}


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


_STYLE: Final = _file("page.css")
_SCRIPT: Final = _file("page.js")
# Even if a name injected markup into the page, only this style and script would apply.
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_digest(_STYLE)}'; script-src 'sha256-{_digest(_SCRIPT)}'; "
        "connect-src 'self'; form-action 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of the page."""

_environment: Final = Environment(
    loader=FunctionLoader(_file),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["urlvalue"] = lambda text: quote(text, safe="")


@dataclass(frozen=True, slots=True)
class About:
    """Information about the exporter.

    Attributes:
        version: The version of the exporter.
        python: The version of Python.
        started: The start time in seconds since the epoch.
        dashboards_url: The URL of Grafana without a trailing slash, None if not configured.
    """

    version: str
    python: str
    started: float
    dashboards_url: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The view options of a request.

    Attributes:
        rows: The filter for the rows.
        paused: Whether automatic refresh is paused.
    """

    rows: RowFilter = field(default_factory=RowFilter)
    paused: bool = False


def render_status(
    targets: Sequence[TargetHealth],
    clock: Clock,
    about: About,
    view: View | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Return the page.

    Args:
        targets: The health of each target.
        clock: The clock, for ages and the time until the next poll.
        about: Information about the exporter.
        view: The view options; all rows by default.
        notes: Sentences describing the role of this replica.
    """
    view = view or View()
    now = clock.time()
    every = list(rows(targets, now, clock.monotonic()))
    selected = [row for row in every if view.rows.matches(row)]
    states = [[state_of(resource) for resource in target.resources] for target in targets]
    return _environment.get_template("page.html").render(
        about=about,
        dashboards={name: f"{about.dashboards_url}/d/contactcenter-{uid}" for name, uid in _DASHBOARDS.items()}
        if about.dashboards_url
        else {},
        docs=_DOCS,
        notes=notes,
        now=_moment(now),
        started=_moment(about.started),
        uptime=span(now - about.started),
        targets=summarize([worst(each) for each in states], "target"),
        resources=summarize([state for each in states for state in each], "resource"),
        shown="" if len(selected) == len(every) else f"{len(selected):,} of {plural(len(every), 'resource')} shown",
        rows=selected,
        any_rows=bool(every),
        view=view,
        refresh=REFRESH_SECONDS,
        style=Markup(_STYLE),  # noqa: S704 - a file of this package
        script=Markup(_SCRIPT),  # noqa: S704 - a file of this package
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
