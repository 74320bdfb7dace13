"""A real Alertmanager with the committed routes and inhibition rules, and a receiver of its notifications."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from tests.support.programs import running
from tests.support.rules import GRAFANA
from tests.support.tools import require

CONFIG = GRAFANA / "alertmanager" / "alertmanager.yml"
Configuration = dict[str, Any]
Alerts = list[dict[str, Any]]


def routed_to(hook: str, change: Callable[[Configuration], None]) -> str:
    """Return the committed configuration with a webhook for each receiver, at any hour.

    Args:
        hook: The URL of the webhooks, to which the receiver's name is added.
        change: Changes each route, the first one and those below it.
    """
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config["global"] = {}
    names = [receiver["name"] for receiver in config["receivers"]]
    config["receivers"] = [{"name": name, "webhook_configs": [{"url": f"{hook}/{name}"}]} for name in names]
    _change(config["route"], change)
    return yaml.safe_dump(config)


def _change(route: Configuration, change: Callable[[Configuration], None]) -> None:
    # Tests run at any hour.
    route.pop("active_time_intervals", None)
    change(route)
    for each in route.get("routes", ()):
        _change(each, change)


@asynccontextmanager
async def webhooks(accept: Callable[[str, Alerts], None]) -> AsyncIterator[str]:
    """Pass each notification's receiver and alerts to a function; yield the URL of the webhooks."""

    async def notified(request: web.Request) -> web.Response:
        body = await request.json()
        accept(request.match_info["receiver"], body["alerts"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/{receiver}", notified)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        [(host, port)] = runner.addresses
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def alertmanager_running(directory: Path, config: str) -> AsyncIterator[str]:
    """Run Alertmanager with a configuration, its file and data in a directory; yield its URL."""
    file = directory / "alertmanager.yml"
    file.write_text(config, encoding="utf-8")
    command = [
        require("prometheus-alertmanager"),
        f"--config.file={file}",
        f"--storage.path={directory / 'alertmanager'}",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    async with running(command, r'msg="?Listening on"? address=127\.0\.0\.1:(\d+)') as program:
        yield f"http://127.0.0.1:{program.port}"
