"""The dashboards Grafana shows, as classic JSON."""

from collections.abc import Iterator
from typing import Final

from grafana.generator.boards import agents, dashboard_builder, exporter, intraday, queues, service_level, trunks, wall
from grafana.generator.boards.dashboard_json import importable, provisioned

BOARDS: Final = (wall, queues, intraday, agents, trunks, service_level, exporter)


def files() -> Iterator[tuple[str, str]]:
    """Yield each dashboard: its path under grafana/, and its JSON."""
    for module in BOARDS:
        board = module.board()
        yield f"dashboards/{board.name}.json", provisioned(dashboard_builder.build(board))


def import_files() -> Iterator[tuple[str, str]]:
    """Yield the variant of each dashboard for Grafana's import page: its file name, and its JSON."""
    for module in BOARDS:
        board = module.board()
        yield f"{board.name}.json", importable(dashboard_builder.build(board))
