"""A stub of the Kubernetes API for Leases: the real API's checks, roles and tokens, with latency and failures."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.lease_store import ApiError, Key, LeaseStore

_PATH = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
TOKEN = "token-of-the-pod"  # noqa: S105 - of a test
_VERBS = {"GET": "get", "PUT": "update", "POST": "create"}


class Kubernetes:
    """The stub API server.

    Attributes:
        store: The stored Leases.
        failure: The response to every request, None for normal operation.
        forbidden: The verbs that the role does not allow, each as `verb` or `verb name`.
        latency: The seconds between a request and its response.
        token: The accepted bearer token.
        requests: The verb and the name of every request.
    """

    def __init__(self) -> None:
        self.store = LeaseStore()
        self.failure: web.Response | None = None
        self.forbidden: set[str] = set()
        self.latency = 0.0
        self.token = TOKEN
        self.requests: list[tuple[str, str]] = []
        self.application = web.Application(middlewares=[self._authorize])
        self.application.add_routes(
            [
                web.get(f"{_PATH}/{{name}}", self._get),
                web.put(f"{_PATH}/{{name}}", self._put),
                web.post(_PATH, self._post),
            ]
        )

    @property
    def leases(self) -> dict[Key, dict[str, Any]]:
        """The stored Leases by namespace and name."""
        return self.store.leases

    def holder(self, name: str, namespace: str = "voice") -> str:
        """Return the holder of a Lease, empty if there is none."""
        lease = self.leases.get((namespace, name))
        return str(lease["spec"].get("holderIdentity", "")) if lease else ""

    @web.middleware
    async def _authorize(self, request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's own
        verb = _VERBS[request.method]
        name = request.match_info.get("name") or (await request.json())["metadata"]["name"]
        self.requests.append((verb, name))
        await asyncio.sleep(self.latency / 2)
        response = await self._respond(request, handler, verb, name)
        await asyncio.sleep(self.latency / 2)
        return response

    async def _respond(self, request: web.Request, handler: Any, verb: str, name: str) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's own
        if self.failure is not None:
            return web.Response(
                status=self.failure.status, body=self.failure.body, content_type=self.failure.content_type
            )
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _status(ApiError(401, "Unauthorized", "Unauthorized"))
        if not self.forbidden.isdisjoint({verb, f"{verb} {name}"}):
            message = f'leases.coordination.k8s.io "{name}" is forbidden: User cannot {verb} resource "leases"'
            return _status(ApiError(403, "Forbidden", message))
        try:
            response: web.StreamResponse = await handler(request)
        except ApiError as error:
            return _status(error)
        return response

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self.store.get(_key(request)))

    async def _post(self, request: web.Request) -> web.Response:
        lease = await request.json()
        key = (request.match_info["namespace"], lease["metadata"]["name"])
        return web.json_response(self.store.create(key, lease), status=201)

    async def _put(self, request: web.Request) -> web.Response:
        key = _key(request)
        status = 200 if key in self.leases else 201
        return web.json_response(self.store.update(key, await request.json()), status=status)


@asynccontextmanager
async def kubernetes(directory: Path) -> AsyncIterator[tuple[Kubernetes, Path]]:
    """Run the stub API; yield it and a file for KUBECONFIG that points to it."""
    api = Kubernetes()
    server = TestServer(api.application)
    await server.start_server()
    token = directory / "token"
    token.write_text(TOKEN)
    config = directory / "kubeconfig.json"
    config.write_text(
        json.dumps(
            {
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": str(server.make_url(""))}}],
                "users": [{"name": "test", "user": {"tokenFile": str(token)}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "voice"}}],
            }
        )
    )
    try:
        yield api, config
    finally:
        await server.close()


def _key(request: web.Request) -> Key:
    return request.match_info["namespace"], request.match_info["name"]


def _status(error: ApiError) -> web.Response:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": str(error)}
    return web.json_response(status | {"reason": error.reason, "code": error.code}, status=error.code)
