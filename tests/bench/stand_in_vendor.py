"""A stand-in for KPN that returns cached responses at once; the first line of output is the port.

`/AxQxT/agents` returns A agents, `/AxQxT/queues` returns Q queues and `/AxQxT/trunks` returns T trunks.
"""

import asyncio
import sys
from functools import cache

from aiohttp import web

from exporter.service import stop_requested
from tests.bench import canned, sample_data

_ANSWERS = {
    "agents": sample_data.agents_answer,
    "queues": sample_data.queues_answer,
    "trunks": sample_data.trunks_answer,
}


@cache
def _answer(size: str, kind: str) -> bytes:
    agents, queues, trunks = map(int, size.split("x"))
    return _ANSWERS[kind]({"agents": agents, "queues": queues, "trunks": trunks}[kind])


async def _resource(request: web.Request) -> web.Response:
    body = _answer(request.match_info["size"], request.match_info["kind"])
    return web.Response(body=body, content_type="application/json")


async def _token(_request: web.Request) -> web.Response:
    return web.Response(body=canned.TOKEN, content_type="application/json")


async def main() -> None:
    """Serve until a signal stops the program."""
    stop = stop_requested()
    application = web.Application()
    application.add_routes([web.post("/token", _token), web.get("/{size}/{kind:agents|queues|trunks}", _resource)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
