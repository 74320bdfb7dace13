"""The program, run from its command line."""

import asyncio
import os
import re
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.programs import EXPORTER, running
from tests.support.tools import require

REFERENCE = Path(__file__).parents[2] / "docs" / "metrics.md"
LISTENING = r"msg=listening .*\bport=(\d+)"
CONFIG = """\
poll: {{interval: 1s}}
targets:
  - name: amsterdam
    vendor: kpn
    url: {url}
    token_url: {url}/token
    client_id: me
    client_secret: s3cret-canary
"""


async def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the program to its end and return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *EXPORTER, *map(str, arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_check_accepts_a_valid_file(tmp_path: Path) -> None:
    config = tmp_path / "good.yml"
    config.write_text(CONFIG.format(url="https://api.example.com"))
    assert await run("check", config) == (0, f"{config}: 1 targets, no errors\n", "")


async def test_check_reports_every_error_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "bad.yml"
    config.write_text(CONFIG.format(url="api.example.com").replace("client_id:", "client_idd:").replace("1s", "15"))
    code, out, err = await run("check", config)
    assert (code, out) == (1, "")
    assert [line.removeprefix(f"{config}:").split(": ")[:2] for line in err.splitlines()] == [
        ["1", "poll.interval"],
        ["5", "targets[0].url"],
        ["6", "targets[0].token_url"],
        ["7", "targets[0].client_idd"],
    ]
    assert "did you mean client_id?" in err
    assert "canary" not in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["check", "good.yml"], 0),
        (["check", "bad.yml"], 1),
        (["check", "absent.yml"], 1),
        (["--config.file=bad.yml"], 1),
        (["--config.file=absent.yml"], 1),
        ([], 2),
        (["chek"], 2),
        (["check"], 2),
        (["demo", "--sped=1"], 2),
        (["demo", "--speed=fast"], 2),
        (["completion", "sh"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_exit_codes(tmp_path: Path, arguments: list[str], code: int) -> None:
    (tmp_path / "good.yml").write_text(CONFIG.format(url="https://api.example.com"))
    (tmp_path / "bad.yml").write_text("targets: 1\n")
    found, _, err = await run(*in_directory(arguments, tmp_path))
    assert found == code, err
    assert bool(err) is (code != 0)
    assert "Traceback" not in err


def in_directory(arguments: list[str], directory: Path) -> list[str]:
    """Return a command line whose files are in a directory."""
    return [re.sub(r"\w+\.yml", lambda name: str(directory / name[0]), word) for word in arguments]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_completion_names_every_command_and_flag(shell: str) -> None:
    code, out, _ = await run("completion", shell)
    assert code == 0
    for word in ("demo", "simulate", "check", "catalog", "web.max-requests", "connect"):
        assert word in out


async def test_bash_completes_commands_and_flags(tmp_path: Path) -> None:
    _, out, _ = await run("completion", "bash")
    script = tmp_path / "completion.bash"
    script.write_text(
        f"{out}\n"
        'complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_shtab_contactcenter_exporter contactcenter-exporter "${@: -1}" "${@: -2:1}"; echo "${COMPREPLY[*]}"; }\n'
        "complete_words contactcenter-exporter de\n"
        "complete_words contactcenter-exporter --web.max\n"
        "complete_words contactcenter-exporter check --con\n"
    )
    process = await asyncio.create_subprocess_exec(require("bash"), str(script), stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output.decode().split() == ["demo", "--web.max-requests", "--connect"]


async def test_an_interrupt_during_start_up_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise KeyboardInterrupt\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "exporter",
        "demo",
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert (process.returncode, output) == (130, b"")


async def test_the_demo_prints_its_urls() -> None:
    async with running([*EXPORTER, "demo", "--web.listen-address=127.0.0.1:0"], LISTENING) as program:
        status = (await program.wait_for(r'msg="open the status page" url=(\S+)'))[1]
        metrics = (await program.wait_for(r'msg="scrape the metrics" url=(\S+)'))[1]
        await program.wait_for(r'dashboards .* command="docker compose -f grafana/compose.yaml up"')
        await program.wait_for(r'command="curl -X PUT http://127\.0\.0\.1:\d+/scenarios/surge"')
        scenarios = (await program.wait_for(r'msg="list the other scenarios" url=(\S+)'))[1]
        async with aiohttp.ClientSession() as session:
            for url, content in ((status, "5 targets"), (metrics, "contactcenter_up"), (scenarios, "surge")):
                async with session.get(url) as answer:
                    assert content in await answer.text()


async def test_catalog_prints_the_reference() -> None:
    assert await run("catalog") == (0, REFERENCE.read_text(), "")


async def test_an_address_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    config = tmp_path / "good.yml"
    config.write_text(CONFIG.format(url="http://127.0.0.1:9"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, err = await run(f"--config.file={config}", f"--web.listen-address={address}")
    assert code == 1
    assert "address already in use" in err
    assert "Traceback" not in err


async def test_an_unknown_scenario_is_reported_in_one_line() -> None:
    code, _, err = await run("demo", "--scenario=surgee", "--web.listen-address=127.0.0.1:0")
    assert code == 2
    assert err.splitlines()[-1].startswith("--scenario: unknown scenario surgee; did you mean surge?")


async def test_promtool_accepts_the_page_of_the_demo() -> None:
    promtool = require("promtool")
    async with running([*EXPORTER, "demo", "--web.listen-address=127.0.0.1:0"], LISTENING) as program:
        url = f"http://127.0.0.1:{program.port}"
        async with aiohttp.ClientSession() as session:
            while (await session.get(f"{url}/-/ready")).status != 200:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
            page = await (await session.get(f"{url}/metrics")).read()
    process = await asyncio.create_subprocess_exec(
        promtool,
        "check",
        "metrics",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    complaints, _ = await process.communicate(page)
    assert (process.returncode, complaints) == (0, b"")
    assert b"contactcenter_queue_waiting_contacts" in page
    assert b"process_cpu_seconds_total" in page


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
async def test_it_stops_within_five_seconds_while_a_vendor_hangs_and_shows_no_secret(
    tmp_path: Path, number: str
) -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    vendor = web.Application()
    vendor.router.add_route("*", "/{path:.*}", hang)
    async with TestServer(vendor) as server:
        config = tmp_path / "hangs.yml"
        config.write_text(CONFIG.format(url=f"http://127.0.0.1:{server.port}"))
        command = [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0", "--log.level=debug"]
        async with running(command, LISTENING) as program:
            await program.wait_for("reason=timeout")
            program.process.send_signal(signal.Signals[number])
            async with asyncio.timeout(5):
                assert await program.process.wait() == 0
        assert not [line for line in program.lines if "canary" in line or "Traceback" in line]
