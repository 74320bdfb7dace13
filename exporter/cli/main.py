"""The entry point: parse the command line, run the command and report errors.

Each command imports what it runs, so that one that only validates a file does not load servers and clients.
"""
# ruff: noqa: PLC0415 - see above

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from exporter.cli.commands import Catalog, Check, Command, Completion, Demo, Record, Run, Simulate, parse, parsers
from exporter.errors import ConfigError, UsageError
from exporter.plugins import VendorError
from exporter.settings import Settings, TargetSettings, load_file

_FAILED = 1
_USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit code.

    Args:
        argv: The arguments; defaults to those of the process.
    """
    arguments = sys.argv[1:] if argv is None else argv
    try:
        return _execute(parse(arguments), arguments)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE_ERROR if _is_usage(error) else _FAILED
    except (OSError, VendorError) as error:
        sys.stderr.write(f"contactcenter-exporter: {error}\n")
    return _FAILED


def _is_usage(error: ConfigError) -> bool:
    """Return whether all problems are in the command line."""
    return isinstance(error, UsageError) or all(problem.place.startswith("--") for problem in error.problems)


def _execute(command: Command, arguments: Sequence[str]) -> int:
    match command:
        case Catalog():
            from exporter.cli.catalog import render_reference

            sys.stdout.write(render_reference())
        case Completion():
            from exporter.cli.completion import script

            sys.stdout.write(script(command.shell, *parsers()))
        case Check(replay=Path() as directory):
            return _replay(directory, command.definition)
        case Check():
            return _check(command)
        case Record():
            return _record(command)
        case _:
            from exporter.runtime import logging_setup

            logging_setup.configure(command.log.level, command.log.format)
            asyncio.run(_run(command, arguments))
    return 0


async def _run(command: Run | Demo | Simulate, arguments: Sequence[str]) -> None:
    from exporter.runtime.clock import SystemClock

    clock = SystemClock()
    match command:
        case Demo():
            from exporter.cli.demo import run_demo

            await run_demo(command, clock)
        case Simulate():
            from exporter.cli.demo import run_simulation

            await run_simulation(command, clock)
        case _:
            from exporter.service import serve

            await serve(command, clock, lambda: _reload(arguments))


def _reload(arguments: Sequence[str]) -> Run:
    """Parse the same command line again, which also reads the environment and the file again.

    Raises:
        ConfigError: The configuration is invalid.
    """
    command = parse(arguments)
    assert isinstance(command, Run)  # noqa: S101 - the same command line was one at startup
    return command


def _check(command: Check) -> int:
    if command.definition and not _check_definitions(command.definition):
        return _FAILED
    settings = load_file(command.file) if command.file else None
    web_file = command.web.config.file or (settings and settings.web.config.file)
    if web_file:
        from exporter.web.webconfig import load_web_config

        load_web_config(web_file)
        sys.stdout.write(f"{web_file}: no errors\n")
    if settings is None:
        return 0
    from exporter.cluster.sharding import describe_shards, select_shards

    shards = select_shards(command, settings)
    if not command.connect:
        sys.stdout.write(
            f"{command.file}: {len(settings.targets)} targets, no errors\n{describe_shards(shards, settings.targets)}"
        )
        return 0
    from exporter.cli.targets import select_targets

    named = select_targets(settings.targets, command.target)
    return _connect(settings, [target for shard in shards for target in shard.own(named)])


def _record(command: Record) -> int:
    """Write a recording of each target and return the exit code."""
    from exporter.cli.record import record_targets, require_new, write_recordings
    from exporter.cli.targets import select_targets
    from exporter.runtime import logging_setup
    from exporter.runtime.clock import SystemClock

    settings = load_file(command.file)
    targets = select_targets(settings.targets, command.target)
    require_new(command.out)
    logging_setup.configure(settings.log.level, settings.log.format)
    recorded = asyncio.run(record_targets(targets, SystemClock()))
    sys.stdout.write(write_recordings(recorded, command.out))
    failed = any(polled.failure for each in recorded.values() for polled in each.polls.values())
    return _FAILED if failed else 0


def _replay(directory: Path, definitions: Sequence[Path]) -> int:
    """Print what the exporter makes of a recording and return the exit code."""
    from exporter.cli.record import replay_targets
    from exporter.runtime import logging_setup

    # What is unmapped is printed below the metrics.
    logging_setup.configure("error", "logfmt")
    sys.stdout.write(asyncio.run(replay_targets(directory, definitions)))
    return 0


def _check_definitions(files: Sequence[Path]) -> bool:
    """Validate definitions, run their examples and report the results; return whether all is as expected."""
    from exporter.cli.definitions import check_definitions

    report, valid = check_definitions(files)
    (sys.stdout if valid else sys.stderr).write(report)
    return valid


def _connect(settings: Settings, targets: Sequence[TargetSettings]) -> int:
    """Poll each target once, report the results and return the exit code."""
    from exporter.cli.check import report, try_targets
    from exporter.runtime import logging_setup
    from exporter.runtime.clock import SystemClock

    logging_setup.configure(settings.log.level, settings.log.format)
    checked = asyncio.run(try_targets(targets, SystemClock()))
    sys.stdout.write(report(checked))
    return _FAILED if any(attempt.failure for attempt in checked.attempts) else 0
