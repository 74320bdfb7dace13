"""Answers of KPN made beforehand, handed out where the exporter's HTTP would ask a vendor."""

from collections.abc import Mapping

from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import SecretStr

from exporter.runtime.clock import SystemClock
from exporter.vendors.kpn import KpnClient, KpnSettings
from exporter.vendors.toolkit.http import Http, Response

TOKEN = b'{"access_token": "a-token-of-the-benchmark", "expires_in": 86400}'


class Canned(Http):
    """Answers each path with what it was given."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers

    async def get(self, url: str, headers: Mapping[str, str] | None = None, *, json: object = None) -> Response:
        """Answer a GET."""
        del headers, json
        return Response(200, CIMultiDictProxy(CIMultiDict()), self._answers[url.rpartition("/")[2]])

    async def post(
        self,
        url: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        json: object = None,
    ) -> Response:
        """Answer the sign-in."""
        del url, form, headers, json
        return Response(200, CIMultiDictProxy(CIMultiDict()), TOKEN)


def client(answers: Mapping[str, bytes]) -> KpnClient:
    """Return a client whose vendor answers so."""
    settings = KpnSettings(
        name="amsterdam",
        vendor="kpn",
        url="http://localhost/kpn",
        token_url="http://localhost/kpn/token",  # noqa: S106 - no secret
        client_id="bench",
        client_secret=SecretStr("bench"),
    )
    return KpnClient(settings, Canned(answers), SystemClock())
