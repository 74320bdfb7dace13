"""The wheel and the source distribution, installed into an empty environment of every supported Python."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.programs import running

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
LISTENING = r"msg=listening .*\bport=(\d+)"
UV = Path(sys.executable).with_name("uv")

pytestmark = pytest.mark.slow


def run(*command: str | Path) -> str:
    """Run a program and return its output."""
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - as given
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def candidates(version: str) -> Iterator[str | Path]:
    """Yield where a Python of a version may be: on the PATH, in pyenv, or managed by uv."""
    if found := shutil.which(f"python{version}"):
        yield found
    yield from sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
    command = [str(UV), "python", "find", "--offline", "--no-project", "--managed-python", version]
    found_by_uv = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as given
    if found_by_uv.returncode == 0:
        yield found_by_uv.stdout.strip()


def interpreter(version: str) -> str:
    """Return an interpreter of a version that works; skip the test if there is none."""
    question = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    for path in candidates(version):
        answered = subprocess.run([str(path), "-c", question], capture_output=True, text=True, check=False)  # noqa: S603 - as given
        if answered.stdout.strip() == version:
            return str(path)
    pytest.skip(f"Python {version} is not installed, and uv has none that needs no download")


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the wheel and the source distribution."""
    directory = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--quiet", "--out-dir", directory, ROOT)
    [wheel], [source] = directory.glob("*.whl"), directory.glob("*.tar.gz")
    return wheel, source


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_demo_of_each_distribution_starts_and_stops(
    version: str, distributions: tuple[Path, Path], tmp_path: Path
) -> None:
    environment = tmp_path / "venv"
    run(UV, "venv", "--quiet", "--python", interpreter(version), environment)
    install = (UV, "pip", "install", "--quiet", "--reinstall-package", "contactcenter-exporter")
    for distribution in distributions:
        run(*install, "--python", environment / "bin" / "python", distribution)
        command = (environment / "bin" / "contactcenter-exporter", "demo", "--web.listen-address=127.0.0.1:0")
        async with running(command, LISTENING, {"PATH": os.environ["PATH"]}) as program:
            await asyncio.sleep(2)
            assert await program.stop() == 0
        assert not [line for line in program.lines if "Traceback" in line or "level=error" in line]
