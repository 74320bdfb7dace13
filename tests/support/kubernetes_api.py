"""Kubernetes as far as Leases go: a server that keeps them as the real one does, with its rules and its troubles."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

# As Go reads a time with microseconds: six digits, no less.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_PATH = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
TOKEN = "token-of-the-pod"  # noqa: S105 - of a test


class Kubernetes:
    """The server.

    Attributes:
        leases: What it keeps, by namespace and name.
        trouble: What it answers instead, None where it is well.
        refused: Whether it knows the token.
    """

    def __init__(self) -> None:
        self.leases: dict[tuple[str, str], dict[str, Any]] = {}
        self.trouble: web.Response | None = None
        self.token = TOKEN
        self._version = 100
        self.application = web.Application(middlewares=[self._asked])
        self.application.add_routes(
            [
                web.get(f"{_PATH}/{{name}}", self._get),
                web.put(f"{_PATH}/{{name}}", self._put),
                web.post(_PATH, self._post),
            ]
        )

    def holder(self, name: str, namespace: str = "voice") -> str:
        """Return who holds a Lease."""
        lease = self.leases.get((namespace, name))
        return str(lease["spec"]["holderIdentity"]) if lease else ""

    @web.middleware
    async def _asked(self, request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's own
        if self.trouble is not None:
            return web.Response(
                status=self.trouble.status, body=self.trouble.body, content_type=self.trouble.content_type
            )
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _status(401, "Unauthorized")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _get(self, request: web.Request) -> web.Response:
        lease = self.leases.get(_key(request))
        return _status(404, "NotFound") if lease is None else web.json_response(lease)

    async def _post(self, request: web.Request) -> web.Response:
        lease = await request.json()
        key = (request.match_info["namespace"], lease["metadata"]["name"])
        return _status(409, "AlreadyExists") if key in self.leases else self._kept(key, lease, 201)

    async def _put(self, request: web.Request) -> web.Response:
        lease = await request.json()
        kept = self.leases.get(_key(request))
        if kept is None:
            return _status(404, "NotFound")
        if lease["metadata"].get("resourceVersion") != kept["metadata"]["resourceVersion"]:
            return _status(409, "Conflict")
        return self._kept(_key(request), lease, 200)

    def _kept(self, key: tuple[str, str], lease: dict[str, Any], status: int) -> web.Response:
        spec = lease["spec"]
        if not all(_MOMENT.fullmatch(spec[moment]) for moment in ("acquireTime", "renewTime")):
            return _status(400, "BadRequest")
        if not (isinstance(spec["leaseDurationSeconds"], int) and spec["leaseDurationSeconds"] > 0):
            return _status(422, "Invalid")
        self._version += 1
        lease["metadata"] |= {"namespace": key[0], "resourceVersion": str(self._version)}
        self.leases[key] = lease
        return web.json_response(lease, status=status)


@asynccontextmanager
async def kubernetes(directory: Path) -> AsyncIterator[tuple[Kubernetes, Path]]:
    """Serve it; give it with a file that says where it is, as KUBECONFIG names one."""
    served = Kubernetes()
    server = TestServer(served.application)
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
        yield served, config
    finally:
        await server.close()


def _key(request: web.Request) -> tuple[str, str]:
    return request.match_info["namespace"], request.match_info["name"]


def _status(code: int, reason: str) -> web.Response:
    about = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": reason, "reason": reason}
    return web.json_response(about | {"code": code}, status=code)
