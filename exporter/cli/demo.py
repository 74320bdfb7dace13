"""The simulated contact centre on its own, and with an exporter that polls it: no configuration, no vendor."""

from collections.abc import Iterable

import structlog

from exporter.cli.commands import Demo, Simulate
from exporter.errors import ConfigError, Problem
from exporter.runtime.clock import Clock
from exporter.runtime.suggest import hint
from exporter.service import asked_to_stop, serve
from exporter.settings import Settings, TargetSettings, split_address
from exporter.simulator import http_server
from exporter.simulator.default import working_day
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.simulator.scenarios import ScenarioName
from exporter.vendors.base import load_vendor

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# What is simulated is nobody's personal data, and a demo is looked at rather than kept waiting.
_EVERYTHING = {"poll": {"interval": "5s"}, "agents": {"detail": "name"}, "trunks": {"detail": "ports"}}


def demo_targets(url: str) -> tuple[TargetSettings, ...]:
    """Return one target a vendor, all of them the simulated contact centre.

    Args:
        url: Where it is served.
    """
    return tuple(
        load_vendor(dialect.name).settings.model_validate(
            {"vendor": dialect.name, **_EVERYTHING, **dialect.target(f"{url}/{dialect.name}")}
        )
        for dialect in every_dialect()
    )


async def run_demo(command: Demo, clock: Clock) -> None:
    """Simulate, poll and serve until the process is asked to stop.

    Raises:
        ConfigError: A scenario is not known.
        OSError: An address cannot be listened on.
    """
    address = split_address(command.simulator.listen_address)
    simulated = await http_server.start(address.host or "", address.port, _centre(command, clock))
    log.info("simulating a contact centre", url=simulated.url, scenarios=f"{simulated.url}/scenarios")
    try:
        settings = Settings(web=command.web, log=command.log, targets=demo_targets(simulated.url))
        await serve(settings, clock, listening=lambda url: _welcome(url, simulated.url))
    finally:
        await simulated.stop()


async def run_simulation(command: Simulate, clock: Clock) -> None:
    """Simulate and serve the vendors' APIs until the process is asked to stop.

    Raises:
        ConfigError: A scenario is not known.
        OSError: The address cannot be listened on.
    """
    address = command.web.address
    stop = asked_to_stop()
    simulated = await http_server.start(address.host or "", address.port, _centre(command, clock))
    log.info("simulating a contact centre", url=simulated.url, port=simulated.port)
    try:
        await stop.wait()
    finally:
        await simulated.stop()


def _welcome(url: str, simulated: str) -> None:
    """Say where to look, and how to make something happen."""
    log.info("look at the status page", url=f"{url}/")
    log.info("scrape the metrics", url=f"{url}/metrics")
    log.info("make more callers call; DELETE ends it", command=f"curl -X PUT {simulated}/scenarios/surge")


def _centre(command: Demo | Simulate, clock: Clock) -> Driver:
    _require_known(command.scenario)
    driver = Driver(working_day(command.seed), clock, speed=command.speed)
    for name in command.scenario:
        driver.centre.scenarios[ScenarioName(name)].on()
    return driver


def _require_known(scenarios: Iterable[str]) -> None:
    known = tuple(name.value for name in ScenarioName)
    unknown = [name for name in scenarios if name not in known]
    if unknown:
        problems = (
            Problem("--scenario", f"no scenario {name}{hint(name, known)} (known: {', '.join(known)})")
            for name in unknown
        )
        raise ConfigError(tuple(problems))
