"""The walk of docs/adding-a-vendor.md: its files are written and its commands run, in order."""

import asyncio
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp

from tests.support.paths import ROOT
from tests.support.programs import EXPORTER, eventually, running
from tests.support.promtool import Check, evaluate

PAGE = ROOT / "docs" / "adding-a-vendor.md"
PORT = "8700"
_STEP = re.compile(
    r"^<!-- walk: (?P<kind>\w+) ?(?P<rest>.*?) ?-->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
LABELS = {"job": "contactcenter", "instance": "springfield:10117"}
ALERT = (
    'ALERTS{alertname="ContactCenterWaitingContactsHigh", alertstate="firing", audience="supervisor", channel="voice", '
    'job="contactcenter", queue="Sales", queue_id="7", severity="critical", target="springfield"}'
)
STATE = (
    'queue:contactcenter_state:level{because="waiting contacts", channel="voice", instance="springfield:10117", '
    'job="contactcenter", queue="Sales", queue_id="7", target="springfield"}'
)


class Step(NamedTuple):
    """One block of the walk.

    Attributes:
        kind: What to do with it.
        rest: The file or the expected exit code.
        text: The text of the block.
    """

    kind: str
    rest: str
    text: str


def steps() -> Iterator[Step]:
    for match in _STEP.finditer(PAGE.read_text()):
        yield Step(match["kind"], match["rest"], match["text"])


def console(text: str) -> tuple[list[str], str]:
    """Return the command of a block and its expected output."""
    first, _, output = text.partition("\n")
    return shlex.split(first.removeprefix("$ ")), output


def plain(output: str) -> str:
    """Return output with the milliseconds of a poll and the columns after them replaced."""
    return re.sub(r"( ok +\d+) +\d+ +", r"\1 N ", output)


def run(command: list[str], folder: Path) -> tuple[int, str]:
    done = subprocess.run([*EXPORTER, *command[1:]], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


@asynccontextmanager
async def served(command: list[str], folder: Path) -> AsyncIterator[str]:
    """Run the file server of the walk on a free port, and yield the port."""
    program = [sys.executable, "-u", *("0" if word == PORT else word for word in command[1:])]
    program[program.index("api")] = str(folder / "api")
    async with running([*program, "--bind", "127.0.0.1"], r"port (\d+)") as server:
        yield str(server.port)


async def scraped(port: int) -> str:
    async def attempt() -> str | None:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            page = await answer.text()
        return page if 'queue="Sales"' in page else None

    return await eventually(attempt)


async def test_the_walk_leads_from_nothing_to_an_alert(tmp_path: Path) -> None:
    (tmp_path / "api" / "v1").mkdir(parents=True)
    (tmp_path / "vendors").mkdir()
    replaced: Mapping[str, str] = {}
    page = ""
    kinds = []
    async with AsyncExitStack() as stack:
        for kind, rest, text in steps():
            kinds.append(kind)
            match kind:
                case "file":
                    _write(tmp_path / rest, text.replace(PORT, replaced.get(PORT, PORT)))
                case "append":
                    _write(tmp_path / rest, (tmp_path / rest).read_text() + text)
                case "server":
                    replaced = {PORT: await stack.enter_async_context(served(console(text)[0], tmp_path))}
                case "run":
                    command, expected = console(text)
                    status, output = await asyncio.to_thread(run, command, tmp_path)
                    assert (status, plain(output)) == (int(rest), plain(expected))
                case "exporter":
                    flags = [
                        flag.replace("contactcenter.yml", str(tmp_path / "contactcenter.yml"))
                        for flag in console(text)[0]
                    ]
                    command = [*EXPORTER, *flags[1:], "--web.listen-address=127.0.0.1:0"]
                    exporter = await stack.enter_async_context(running(command, r"msg=listening .*\bport=(\d+)"))
                case "scrape":
                    page = await scraped(exporter.port)
                    found = [line for line in page.splitlines() if 'queue="Sales"' in line]
                    expected = console(text)[1]
                    assert [line for line in found if line in expected] == expected.splitlines()
    assert kinds == ["file", "server", "file", "run", "append", "run", "file", "run", "exporter", "scrape", "alert"]
    require_alert(tmp_path, page)


def _write(file: Path, text: str) -> None:
    file.write_text(text)


def require_alert(folder: Path, page: str) -> None:
    """Require that the alert of the walk fires if the page does not change, and that a dashboard shows the state."""
    series = {}
    for line in page.splitlines():
        name, brace, rest = line.rpartition(" ")[0].partition("{")
        if brace and name.startswith("contactcenter_"):
            labels = ",".join(f'{key}="{value}"' for key, value in LABELS.items())
            series[f"{name}{{{labels},{rest}"] = f"{line.rpartition(' ')[2]}x30"
    [alert] = [step.text.strip() for step in steps() if step.kind == "alert"]
    checks = [
        Check('queue:contactcenter_state:level{queue="Sales"}', "20m", {STATE: 2}),
        Check(alert, "20m", {ALERT: 1}),
    ]
    evaluate(folder, series, checks, "recording.yml", "supervisors.yml")
