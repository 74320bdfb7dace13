"""The commands `demo` and `simulate`: the simulated contact centre, with and without an exporter that polls it."""

from collections.abc import Callable, Iterable, Mapping

import structlog

from exporter.cli.commands import Demo, Simulate
from exporter.errors import ConfigError, Problem
from exporter.runtime.clock import Clock
from exporter.runtime.suggest import hint
from exporter.service import serve, stop_requested
from exporter.settings import Settings, TargetSettings, split_address
from exporter.simulator import http_server
from exporter.simulator.centre import Centre
from exporter.simulator.default import busy_half_hour, working_day
from exporter.simulator.dialects import demo_dialects, every_dialect
from exporter.simulator.driver import Driver
from exporter.simulator.scenarios import ScenarioName
from exporter.vendors.base import load_vendor

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Simulated agents are not personal data, and a short interval makes a demo responsive.
_TARGET_DEFAULTS = {"poll": {"interval": "5s"}, "agents": {"detail": "name"}, "trunks": {"detail": "ports"}}
_OBSERVED = {"contacts": {"enabled": True}}


def demo_targets(url: str, *, every: bool = False, contacts: bool = False) -> tuple[TargetSettings, ...]:
    """Return one target per vendor, all served by the simulated contact centre.

    Args:
        url: The base URL of the simulated contact centre.
        every: Whether to return the targets of all vendors, not only those of the demo.
        contacts: Whether to observe single contacts at the vendors that list them.
    """
    return tuple(
        _target(dialect.name, dialect.target(f"{url}/{dialect.name}"), contacts=contacts)
        for dialect in (every_dialect() if every else demo_dialects())
    )


def _target(vendor: str, own: Mapping[str, object], *, contacts: bool) -> TargetSettings:
    settings = load_vendor(vendor).settings
    observed = _OBSERVED if contacts and _OBSERVED.keys() <= settings.model_fields.keys() else {}
    return settings.model_validate({"vendor": vendor, **_TARGET_DEFAULTS, **observed, **own})


async def run_demo(command: Demo, clock: Clock) -> None:
    """Run the simulation and the exporter until the process receives a stop signal.

    Raises:
        ConfigError: A scenario is unknown.
        OSError: An address cannot be bound.
    """
    address = split_address(command.simulator.listen_address)
    simulated = await http_server.start(address.host or "", address.port, _driver(command, clock, busy_half_hour))
    log.info("simulating a contact centre", url=simulated.url)
    try:
        targets = demo_targets(simulated.url, every=command.all, contacts=True)
        settings = Settings(web=command.web, log=command.log, targets=targets)
        await serve(settings, clock, listening=lambda url: _log_urls(url, simulated.url), only_process=True)
    finally:
        await simulated.stop()


async def run_simulation(command: Simulate, clock: Clock) -> None:
    """Run the simulation until the process receives a stop signal.

    Raises:
        ConfigError: A scenario is unknown.
        OSError: The address cannot be bound.
    """
    address = command.web.address
    stop = stop_requested()
    simulated = await http_server.start(address.host or "", address.port, _driver(command, clock, working_day))
    log.info("simulating a contact centre", url=simulated.url, port=simulated.port)
    try:
        await stop.wait()
    finally:
        await simulated.stop()


def _log_urls(url: str, simulated: str) -> None:
    """Log what to look at and what to try, one line each."""
    log.info("open the status page", url=f"{url}/")
    log.info("scrape the metrics", url=f"{url}/metrics")
    log.info("see the dashboards (after stopping this demo)", command="docker compose -f grafana/compose.yaml up")
    log.info("trigger a surge (DELETE to stop)", command=f"curl -X PUT {simulated}/scenarios/surge")
    log.info("list the other scenarios", url=f"{simulated}/scenarios")


def _driver(command: Demo | Simulate, clock: Clock, centre: Callable[[int], Centre]) -> Driver:
    """Return the driver of a centre, with the scenarios of the command.

    Args:
        command: The command.
        clock: Drives the centre.
        centre: Returns the centre for a random seed.
    """
    _check_scenarios(command.scenario)
    driver = Driver(centre(command.seed), clock, speed=command.speed)
    for name in command.scenario:
        driver.centre.scenarios[ScenarioName(name)].on()
    return driver


def _check_scenarios(scenarios: Iterable[str]) -> None:
    known = tuple(name.value for name in ScenarioName)
    unknown = [name for name in scenarios if name not in known]
    if unknown:
        problems = (
            Problem("--scenario", f"unknown scenario {name}{hint(name, known)} (known: {', '.join(known)})")
            for name in unknown
        )
        raise ConfigError(tuple(problems))
