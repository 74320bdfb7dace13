"""The entry point: what it imports before it obeys signals, and what a command imports at all."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.support.programs import EXPORTER, eventually

CONFIGURATION = "targets:\n  - {name: oakland, vendor: VENDOR, url: https://vendor.example, username: u, password: p}\n"
# Each takes at least 20 ms of CPU.
SLOW = {"aiohttp", "asyncio", "jinja2", "prometheus_client", "pydantic", "structlog", "yaml", "exporter.simulator"}
UNSHARE = shutil.which("unshare")


def imported_by(statements: str) -> set[str]:
    """Return the modules that a new interpreter has imported after these statements."""
    program = f"import json, sys\n{statements}\nsys.stderr.write(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)  # noqa: S603 - this test's own
    return set(json.loads(done.stderr))


def test_the_entry_point_handles_signals_before_it_imports_anything_slow() -> None:
    assert not SLOW & imported_by("import exporter.__main__")


@pytest.mark.parametrize("vendor", ["sinch", "brightpattern"])
def test_validating_a_file_imports_neither_servers_nor_clients(vendor: str, tmp_path: Path) -> None:
    file = tmp_path / "contactcenter.yml"
    extra = ", tenant_url: https://tenant.example" if vendor == "brightpattern" else ""
    file.write_text(CONFIGURATION.replace("VENDOR", vendor).replace("password: p", f"password: p{extra}"))
    imported = imported_by(f"from exporter.cli.main import main\nassert main(['check', {str(file)!r}]) == 0")
    assert not imported & {"aiohttp", "jinja2", "prometheus_client", "structlog", "exporter.simulator", "exporter.web"}


async def test_a_program_that_is_starting_ends_at_a_termination() -> None:
    process = await asyncio.create_subprocess_exec(*EXPORTER, "demo", stderr=PIPE)
    await eventually(lambda: _handles_termination(process.pid))
    process.terminate()
    async with asyncio.timeout(5):
        output = (await process.communicate())[1]
    assert (process.returncode, output) == (143, b"")


async def test_a_program_that_is_starting_survives_a_reload() -> None:
    process = await asyncio.create_subprocess_exec(*EXPORTER, "demo", "--web.listen-address=127.0.0.1:0", stderr=PIPE)
    await eventually(lambda: _handles_termination(process.pid))
    process.send_signal(signal.SIGHUP)
    while process.stderr is not None and b"listening" not in (line := await process.stderr.readline()):
        assert line, "it ended"
        process.send_signal(signal.SIGHUP)
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


@pytest.mark.skipif(UNSHARE is None, reason="unshare is not installed")
async def test_process_1_of_a_container_ends_at_a_termination() -> None:
    process = await asyncio.create_subprocess_exec(
        str(UNSHARE), "--pid", "--fork", "--kill-child", *EXPORTER, "demo", stderr=PIPE
    )
    try:
        child = await eventually(lambda: _child(process))
        await eventually(lambda: _handles_termination(child))
        subprocess.run(["kill", "-TERM", str(child)], check=True)  # noqa: ASYNC221, S603, S607 - takes no time
        async with asyncio.timeout(5):
            output = (await process.communicate())[1]
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, output) == (143, b"")


async def _child(process: asyncio.subprocess.Process) -> int | None:
    """Return the only child of a process; skip the test if the process may not create it."""
    if process.returncode is not None:
        pytest.skip("this machine does not permit a new PID namespace")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()  # noqa: ASYNC240 - not on a disk
    return int(children) if children.strip() else None


async def _handles_termination(pid: int) -> bool | None:
    """Return whether a process has a handler of SIGTERM."""
    status = Path(f"/proc/{pid}/status").read_text()  # noqa: ASYNC240 - not on a disk
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught & 1 << 14) or None
