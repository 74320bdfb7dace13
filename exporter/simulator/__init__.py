"""A simulated contact centre, served in each vendor's dialect."""

from exporter.simulator.centre import Centre
from exporter.simulator.default import DEFAULT, working_day
from exporter.simulator.driver import Driver
from exporter.simulator.http_server import Server, application, start
from exporter.simulator.ledger import Ledger
from exporter.simulator.scenarios import ScenarioName

__all__ = [
    "DEFAULT",
    "Centre",
    "Driver",
    "Ledger",
    "ScenarioName",
    "Server",
    "application",
    "start",
    "working_day",
]
