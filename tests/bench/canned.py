"""Prepared KPN responses, returned by the exporter's HTTP layer instead of using the network."""

from collections.abc import Mapping

from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import SecretStr

from exporter.runtime.clock import SystemClock
from exporter.vendors.kpn import KpnSettings
from exporter.vendors.kpn.client import KpnClient
from exporter.vendors.toolkit.http import Http, Response

TOKEN = b'{"access_token": "a-token-of-the-benchmark", "expires_in": 86400}'


def _ignore_renewal() -> None:
    """Count no renewals: the session does not end."""


class Canned(Http):
    """Returns a prepared response for each path."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers
        self.session_renewed = _ignore_renewal

    async def get(self, url: str, headers: Mapping[str, str] | None = None, *, json: object = None) -> Response:
        """Return the response to a GET."""
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
        """Return the response to the sign-in."""
        del url, form, headers, json
        return Response(200, CIMultiDictProxy(CIMultiDict()), TOKEN)


def client(answers: Mapping[str, bytes]) -> KpnClient:
    """Return a client that receives these responses."""
    settings = KpnSettings(
        name="amsterdam",
        vendor="kpn",
        url="http://localhost/kpn",
        token_url="http://localhost/kpn/token",  # noqa: S106 - not a secret
        client_id="bench",
        client_secret=SecretStr("bench"),
    )
    return KpnClient(settings, Canned(answers), SystemClock())
