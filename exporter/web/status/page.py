"""The status page as HTML: a template filled in, and what a browser may do with it."""

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
from exporter.web.status.resource_rows import Choice, rows
from exporter.web.status.states import counted, plural, span, state_of, worst

REFRESH_SECONDS: Final = 10
"""How often the page looks again."""

_DOCS: Final = "https://github.com/contactcenter-exporter/contactcenter-exporter#readme"
_BOARDS: Final = {
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
# Whatever a name may smuggle into the page, nothing but our own style and script is ever applied.
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_digest(_STYLE)}'; script-src 'sha256-{_digest(_SCRIPT)}'; "
        "connect-src 'self'; form-action 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What goes with the page."""

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
    """What the page says of the exporter itself.

    Attributes:
        version: Its version.
        python: Python's version.
        started: When it started, in seconds since the epoch.
        dashboards_url: Where Grafana is, without a slash at the end; None where nobody said.
    """

    version: str
    python: str
    started: float
    dashboards_url: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """How the page is asked for.

    Attributes:
        choice: Which rows.
        paused: Whether it must not refresh itself.
    """

    choice: Choice = field(default_factory=Choice)
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
        targets: How the polling of each target goes.
        clock: Tells ages, and when a poll is due.
        about: What the page says of the exporter itself.
        view: How it is asked for; everything unless given.
        notes: The exporter's part among replicas, in sentences.
    """
    view = view or View()
    now = clock.time()
    every = list(rows(targets, now, clock.monotonic()))
    chosen = [row for row in every if view.choice.takes(row)]
    states = [[state_of(resource) for resource in target.resources] for target in targets]
    return _environment.get_template("page.html").render(
        about=about,
        boards={name: f"{about.dashboards_url}/d/contactcenter-{board}" for name, board in _BOARDS.items()}
        if about.dashboards_url
        else {},
        docs=_DOCS,
        notes=notes,
        now=_moment(now),
        started=_moment(about.started),
        uptime=span(now - about.started),
        targets=counted([worst(each) for each in states], "target"),
        resources=counted([state for each in states for state in each], "resource"),
        shown="" if len(chosen) == len(every) else f"{len(chosen):,} of {plural(len(every), 'resource')} shown",
        rows=chosen,
        any_rows=bool(every),
        view=view,
        refresh=REFRESH_SECONDS,
        style=Markup(_STYLE),  # noqa: S704 - our own file
        script=Markup(_SCRIPT),  # noqa: S704 - our own file
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
