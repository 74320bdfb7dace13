"""The vendor package of docs/adding-a-vendor.md."""

import asyncio
import os
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.programs import EXPORTER, eventually, running

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "sample"
ANSWER = [{"id": 1, "title": "Sales", "waiting": "3", "longest": 16, "sl_percent": 83.5, "idle_agents": 2}]


def test_the_documentation_shows_the_tested_module() -> None:
    module = (SAMPLE / "acme_contactcenter.py").read_text()
    assert f"```python\n{module}```\n" in (ROOT / "docs" / "adding-a-vendor.md").read_text()


async def test_a_package_with_the_entry_point_is_a_vendor(tmp_path: Path) -> None:
    async def queues(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Basic bW9uaXRvcjpzM2NyZXQ=":
            raise web.HTTPUnauthorized
        return web.json_response(ANSWER)

    application = web.Application()
    application.router.add_get("/api/queues", queues)
    environment = os.environ | {"PYTHONPATH": str(SAMPLE), "CONTACTCENTER_TARGETS__SPRINGFIELD__PASSWORD": "s3cret"}
    async with TestServer(application) as server:
        config = tmp_path / "acme.yml"
        url = f"http://127.0.0.1:{server.port}/api"
        config.write_text(f"targets: [{{name: springfield, vendor: acme, url: '{url}', username: monitor}}]")
        command = [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0"]
        async with running(command, r"msg=listening .*\bport=(\d+)", environment) as program:
            shown = await eventually(lambda: _page_with_queues(program.port))
    labels = 'target="springfield",queue_id="1",queue="Sales",channel="voice"'
    assert f"contactcenter_queue_waiting_contacts{{{labels}}} 3\n" in shown
    assert f"contactcenter_queue_service_level_ratio{{{labels}}} 0.835\n" in shown
    assert f'contactcenter_queue_agents{{{labels},state="available"}} 2\n' in shown


async def _page_with_queues(port: int) -> str | None:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
        text = await response.text()
    return text if "contactcenter_queue_" in text else None


async def test_its_fields_are_in_the_reference() -> None:
    process = await asyncio.create_subprocess_exec(
        *EXPORTER, "catalog", env=os.environ | {"PYTHONPATH": str(SAMPLE)}, stdout=asyncio.subprocess.PIPE
    )
    reference, _ = await process.communicate()
    assert "| acme | `waiting` |" in reference.decode()
