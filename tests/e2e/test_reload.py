"""Reloading a running exporter: changes are applied, and unchanged targets continue."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.programs import EXPORTER, Program, eventually, running

TARGET = """\
  - {{name: {name}, vendor: kpn, url: "{url}/{name}", token_url: "{url}/{name}/token", client_id: me, client_secret: s}}
"""


class Vendor:
    """A KPN server for any number of targets, which counts the requests of each."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        name, what = request.match_info["name"], request.match_info["what"]
        self.asked[f"{name} {what}"] += 1
        if what == "token":
            return web.json_response({"access_token": "t", "expires_in": "3599"})
        return web.json_response({"Error": None, "DataSet": {what: []}})

    def config(self, *names: str, interval: str = "1h") -> str:
        targets = "".join(TARGET.format(name=name, url=self.url) for name in names)
        return f"poll: {{interval: {interval}}}\ntargets:\n{targets}"


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    vendor = Vendor()
    application = web.Application()
    application.router.add_route("*", "/{name}/{what}", vendor.answer)
    async with TestServer(application) as server:
        vendor.url = f"http://127.0.0.1:{server.port}"
        yield vendor


@pytest.fixture
async def config(tmp_path: Path, vendor: Vendor) -> Path:
    path = tmp_path / "contactcenter.yml"
    path.write_text(vendor.config("kept", "gone"))
    return path


@pytest.fixture
async def program(config: Path) -> AsyncIterator[Program]:
    command = [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle"]
    async with running(command, r"msg=listening .*\bport=(\d+)") as program:
        yield program


def change(config: Path, text: str) -> None:
    config.write_text(text)


def replaced(file: Path, text: str) -> None:
    """Replace a file atomically, as Kubernetes does."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.rename(file)


async def get(program: Program, path: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{program.port}{path}") as answer:
        return await answer.text()


async def post_reload(program: Program) -> tuple[int, str]:
    url = f"http://127.0.0.1:{program.port}/-/reload"
    async with aiohttp.ClientSession() as session, session.post(url) as answer:
        return answer.status, await answer.text()


async def test_targets_are_added_and_removed_and_the_others_continue(
    program: Program, config: Path, vendor: Vendor
) -> None:
    async def ready() -> bool | None:
        return (await get(program, "/-/ready")) == "ready\n" or None

    await eventually(ready)
    before = vendor.asked.copy()
    change(config, vendor.config("kept", "added"))

    assert await post_reload(program) == (200, "configuration reloaded\n")

    await eventually(ready)
    page = await get(program, "/metrics")
    assert 'contactcenter_up{target="kept",resource="queues"} 1' in page
    assert 'contactcenter_up{target="added",resource="queues"} 1' in page
    assert 'target="gone"' not in page
    assert "contactcenter_exporter_config_last_reload_successful 1\n" in page
    assert {key: count for key, count in vendor.asked.items() if key.startswith("kept")} == {
        key: count for key, count in before.items() if key.startswith("kept")
    }


async def test_sighup_reloads_the_configuration(program: Program, config: Path, vendor: Vendor) -> None:
    change(config, vendor.config("kept", "gone", "added"))
    program.process.send_signal(signal.SIGHUP)
    await program.wait_for('msg="configuration reloaded" targets=3')
    assert 'target="added"' in await get(program, "/metrics")


async def test_changes_that_require_a_restart_are_logged(program: Program, config: Path, vendor: Vendor) -> None:
    change(config, vendor.config("kept", "gone") + "log: {level: debug}\n")
    program.process.send_signal(signal.SIGHUP)
    await program.wait_for("changes to web, log, state and leader_election require a restart")


async def test_an_invalid_file_keeps_the_current_configuration(program: Program, config: Path, vendor: Vendor) -> None:
    change(config, vendor.config("kept", "gone").replace("client_id", "client_idd"))
    status, message = await post_reload(program)
    assert status == 500
    assert f"{config}:3: targets[0].client_idd: unknown key; did you mean client_id?" in message
    page = await get(program, "/metrics")
    assert "contactcenter_exporter_config_last_reload_successful 0\n" in page
    assert 'target="kept"' in page
    assert 'target="gone"' in page
    program.process.send_signal(signal.SIGHUP)
    await asyncio.wait_for(program.wait_for("configuration reload failed"), 5)
    assert await get(program, "/-/healthy") == "healthy\n"


async def test_service_discovery_names_every_target(program: Program) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{program.port}"
        async with session.get(f"{url}/sd") as answer:
            entries = await answer.json()
        assert [entry["labels"]["__param_target"] for entry in entries] == ["kept", "gone"]
        assert [entry["targets"] for entry in entries] == [[f"127.0.0.1:{program.port}"]] * 2
        for entry in entries:
            async with session.get(f"{url}/metrics", params={"target": entry["labels"]["__param_target"]}) as page:
                assert page.status == 200


async def test_reloading_over_http_requires_the_flag(config: Path) -> None:
    command = [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0"]
    async with running(command, r"msg=listening .*\bport=(\d+)") as program:
        status, message = await post_reload(program)
    assert (status, message) == (403, "the lifecycle API is not enabled; start with --web.enable-lifecycle\n")


async def test_a_changed_file_or_secret_is_reloaded_automatically(tmp_path: Path, config: Path, vendor: Vendor) -> None:
    secret = tmp_path / "secret"
    secret.write_text("one")
    text = vendor.config("kept", "gone").replace("client_secret: s", f"client_secret_file: {secret}")
    change(config, text)
    flags = (f"--config.file={config}", "--web.listen-address=127.0.0.1:0", "--config.auto-reload-interval=100ms")
    async with running([*EXPORTER, *flags], r"msg=listening .*\bport=(\d+)") as program:
        replaced(secret, "two")
        await program.wait_for('msg="configuration reloaded" targets=2')
        replaced(config, text.replace("client_id", "client_idd"))
        await program.wait_for("unknown key; did you mean client_id?")
        await asyncio.sleep(0.5)
        replaced(config, vendor.config("kept"))
        await program.wait_for('msg="configuration reloaded" targets=1')
        await asyncio.sleep(0.5)
    # Each change is applied once, and the error is logged once.
    assert [sum(word in line for line in program.lines) for word in ("configuration reloaded", "reload failed")] == [
        2,
        1,
    ]
