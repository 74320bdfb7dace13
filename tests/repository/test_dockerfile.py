"""The image: built step by step in a directory, and run from it as in a container."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from exporter.settings import Web
from tests.support.dockerfiles import Stage, of, stages
from tests.support.paths import ROOT
from tests.support.programs import eventually, running
from tests.support.tools import require

BUILD, IMAGE = stages(ROOT / "Dockerfile")
# On every address, so that it is reachable from outside the container.
LISTENING = r"msg=listening address=\* port=(\d+)"
PIP = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
USER = ("--reuid=65532", "--regid=65532", "--clear-groups")
# Without capabilities, root cannot write to read-only files either.
NO_POWERS = ("--inh-caps=-all", "--bounding-set=-all")


def context() -> list[Path]:
    """Return the files that .dockerignore allows in the build context."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    names = [line.removeprefix("!") for line in lines if line.startswith("!")]
    return [ROOT / name for name in names]


def copied(stage: Stage, directory: Path) -> None:
    """Run the COPY steps of the build."""
    allowed = {path.name for path in context()}
    for step in of(stage, "COPY"):
        *sources, target = step.split()
        for name in sources:
            assert name in allowed, f"{name} is excluded by .dockerignore"
            place = directory / target if target != "./" else directory / name
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, place)


def execute(step: str, root: Path) -> None:
    """Run a RUN step with another /opt and the Python that runs the tests."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    environment = PIP | {"PATH": path, "HOME": str(root), "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip")}
    done = subprocess.run(  # noqa: S603 - a step of the Dockerfile
        (require("sh"), "-ec", re.sub(r"(?<![\w.])/opt/", f"{root}/opt/", step)),
        cwd=root / "src",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def allow(root: Path, mode: str) -> None:
    """Change the permissions of everything in a directory."""
    subprocess.run((require("chmod"), "-R", mode, str(root)), check=True)  # noqa: S603 - chmod itself


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """Return a read-only directory with the files that the image adds to its base."""
    # Not a directory of pytest, which only its user may read.
    root = Path(tempfile.mkdtemp(prefix="image-"))
    try:
        (root / "src").mkdir()
        (root / "opt").mkdir()
        copied(BUILD, root / "src")
        for step in of(BUILD, "RUN"):
            execute(step, root)
        shutil.rmtree(root / "src")
        allow(root, "a=rX")
        yield root
    finally:
        allow(root, "u+w")
        shutil.rmtree(root)


def variables() -> dict[str, str]:
    """Return the variables that the Dockerfile sets in the image."""
    [pairs] = of(IMAGE, "ENV")
    return dict(pair.split("=", 1) for pair in pairs.split())


def environment(root: Path) -> dict[str, str]:
    """Return the environment of the image."""
    return variables() | {"PATH": f"{root}/opt/venv/bin:/usr/bin:/bin"}


def command(root: Path, *arguments: str) -> tuple[str, ...]:
    """Return the entry point of the image with arguments, run as the user of the image."""
    [name] = json.loads(of(IMAGE, "ENTRYPOINT")[0])
    return (*unprivileged(), str(root / "opt" / "venv" / "bin" / name), *arguments)


def unprivileged() -> tuple[str, ...]:
    """Return what runs a command as the image's user; as root without capabilities if only root can run Python."""
    if os.geteuid() != 0:
        return ()
    reached = all(parent.stat().st_mode & stat.S_IXOTH for parent in Path(sys.base_prefix).parents)
    return (require("setpriv"), "--no-new-privs", *(USER if reached else NO_POWERS))


def files(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if not path.is_dir()}


async def page(url: str) -> str | None:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        text = await answer.text()
        return text if answer.ok else None


@pytest.mark.slow
async def test_the_demo_runs_for_a_user_without_write_permissions(image: Path) -> None:
    before = files(image)
    variables_of_image = environment(image) | {"CONTACTCENTER_WEB__LISTEN_ADDRESS": ":0"}
    async with running(command(image, "demo"), LISTENING, variables_of_image) as program:
        url = f"http://127.0.0.1:{program.port}"
        assert await eventually(lambda: page(f"{url}/-/ready"))
        assert "contactcenter_queue_waiting_contacts{" in (await page(f"{url}/metrics") or "")
        [probe] = json.loads(of(IMAGE, "HEALTHCHECK")[0].partition("CMD ")[2])
        probe_path = image / "opt" / "venv" / "bin" / probe
        async with running((probe_path, "--help"), r"default: http://127\.0\.0\.1:(\d+)", variables_of_image) as helped:
            assert helped.port == Web().address.port
        probed = subprocess.run((probe_path, f"{url}/-/healthy"), env=variables_of_image, check=False)  # noqa: ASYNC221, S603
        assert probed.returncode == 0
        # The container is read-only: no file may be added or removed.
        assert files(image) == before


@pytest.mark.slow
def test_every_module_is_compiled(image: Path) -> None:
    modules = [path for path in files(image / "opt" / "venv" / "lib") if path.suffix == ".py"]
    compiled = [path for path in modules if list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))]
    assert len(modules) > 100
    assert compiled == modules


@pytest.mark.slow
def test_the_image_contains_no_package_manager(image: Path) -> None:
    names = {path.name for path in (image / "opt" / "venv" / "bin").iterdir()}
    assert {"contactcenter-exporter", "contactcenter-exporter-probe"} <= names
    assert not [name for name in names if name.startswith("pip")]
    assert of(IMAGE, "COPY") == ["--from=build /opt/venv /opt/venv"]
    assert of(IMAGE, "RUN") == []


def test_the_image_is_unprivileged_and_exposes_the_default_port() -> None:
    assert of(IMAGE, "USER") == ["65532:65532"]
    assert of(IMAGE, "EXPOSE") == [str(Web().address.port)]
    assert Web().address.host is None


def test_glibc_returns_large_blocks() -> None:
    thresholds = {name: value for name, value in variables().items() if name.startswith("MALLOC_")}
    assert thresholds == {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


def test_both_stages_use_the_same_pinned_base() -> None:
    [build], [image] = of(BUILD, "FROM"), of(IMAGE, "FROM")
    assert build == f"{image} AS build"
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", image)


def test_the_image_has_the_standard_labels() -> None:
    [labels] = of(IMAGE, "LABEL")
    names = set(re.findall(r"org\.opencontainers\.image\.(\w+)=", labels))
    assert names == {"title", "description", "url", "source", "licenses", "version", "revision", "created"}


def test_hadolint_reports_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    checked = subprocess.run((hadolint, ROOT / "Dockerfile"), capture_output=True, text=True, check=False)  # noqa: S603
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
