"""A stub of the Kubernetes API for Leases, with the real API's validation and injectable failures."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

# The format of Kubernetes's MicroTime: exactly six fractional digits.
_MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_PATH = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
TOKEN = "token-of-the-pod"  # noqa: S105 - of a test


class Kubernetes:
    """The stub API server.

    Attributes:
        leases: The stored Leases by namespace and name.
        failure: The response to every request, None for normal operation.
        token: The accepted bearer token.
    """

    def __init__(self) -> None:
        self.leases: dict[tuple[str, str], dict[str, Any]] = {}
        self.failure: web.Response | None = None
        self.token = TOKEN
        self._version = 100
        self.application = web.Application(middlewares=[self._authenticate])
        self.application.add_routes(
            [
                web.get(f"{_PATH}/{{name}}", self._get),
                web.put(f"{_PATH}/{{name}}", self._put),
                web.post(_PATH, self._post),
            ]
        )

    def holder(self, name: str, namespace: str = "voice") -> str:
        """Return the holder of a Lease, empty if there is none."""
        lease = self.leases.get((namespace, name))
        return str(lease["spec"]["holderIdentity"]) if lease else ""

    @web.middleware
    async def _authenticate(self, request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's own
        if self.failure is not None:
            return web.Response(
                status=self.failure.status, body=self.failure.body, content_type=self.failure.content_type
            )
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _status(401, "Unauthorized")
        response: web.StreamResponse = await handler(request)
        return response

    async def _get(self, request: web.Request) -> web.Response:
        lease = self.leases.get(_key(request))
        return _status(404, "NotFound") if lease is None else web.json_response(lease)

    async def _post(self, request: web.Request) -> web.Response:
        lease = await request.json()
        key = (request.match_info["namespace"], lease["metadata"]["name"])
        return _status(409, "AlreadyExists") if key in self.leases else self._store(key, lease, 201)

    async def _put(self, request: web.Request) -> web.Response:
        lease = await request.json()
        stored = self.leases.get(_key(request))
        if stored is None:
            return _status(404, "NotFound")
        if lease["metadata"].get("resourceVersion") != stored["metadata"]["resourceVersion"]:
            return _status(409, "Conflict")
        return self._store(_key(request), lease, 200)

    def _store(self, key: tuple[str, str], lease: dict[str, Any], status: int) -> web.Response:
        spec = lease["spec"]
        if not all(_MICRO_TIME.fullmatch(spec[moment]) for moment in ("acquireTime", "renewTime")):
            return _status(400, "BadRequest")
        if not (isinstance(spec["leaseDurationSeconds"], int) and spec["leaseDurationSeconds"] > 0):
            return _status(422, "Invalid")
        self._version += 1
        lease["metadata"] |= {"namespace": key[0], "resourceVersion": str(self._version)}
        self.leases[key] = lease
        return web.json_response(lease, status=status)


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


def _key(request: web.Request) -> tuple[str, str]:
    return request.match_info["namespace"], request.match_info["name"]


def _status(code: int, reason: str) -> web.Response:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": reason, "reason": reason}
    return web.json_response(status | {"code": code}, status=code)
