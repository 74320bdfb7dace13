"""The page for people: every target and resource, up or why not."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from exporter import __version__
from exporter.health import ResourceHealth, TargetHealth

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; }
.failed { font-weight: bold; }
"""
_COLUMNS = ("Target", "Vendor", "Resource", "State", "Last success", "Last poll took", "Every", "Series")


def render_status(targets: Sequence[TargetHealth], now: float) -> str:
    """Return the page.

    Args:
        targets: How the polling of each target goes.
        now: Seconds since the epoch, to tell the age of the data.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    rows = "".join(_rows(targets, now))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>contactcenter-exporter</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>contactcenter-exporter</h1>
<p>Version {__version__} · <a href="metrics">Metrics</a> · {_summary(targets)}</p>
<table>
<thead><tr>{head}</tr></thead>
<tbody>{rows}</tbody>
</table>
</body>
</html>
"""


def _summary(targets: Sequence[TargetHealth]) -> str:
    resources = [resource for target in targets for resource in target.resources]
    up = sum(resource.up is True for resource in resources)
    return f"{len(targets)} targets, {up} of {len(resources)} resources up"


def _rows(targets: Iterable[TargetHealth], now: float) -> Iterator[str]:
    for target in targets:
        for resource in target.resources:
            cells = (
                target.name,
                target.vendor,
                resource.name,
                _state(resource),
                _age(resource.last_success, now),
                "" if resource.duration is None else f"{resource.duration:.3f} s",
                f"{resource.interval:g} s",
                f"{resource.series:,}",
            )
            style = ' class="failed"' if resource.up is False else ""
            yield f"<tr{style}>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n"


def _state(resource: ResourceHealth) -> str:
    if resource.last_error is not None:
        return f"failed ({resource.last_error.reason.value}): {resource.last_error}"
    return "up" if resource.up else "not polled yet"


def _age(moment: float | None, now: float) -> str:
    return "never" if moment is None else f"{max(0.0, now - moment):.0f} s ago"
