"""KPN's API gateway over HTTP: sign-in, GET requests, the response envelope and the quota of a throttled request.

Source page: "Dashboard Server - KPN", sections *Get Access Token* and *Return codes*.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.kpn.account import account_of
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.toolkit.bearer_tokens import Token
from exporter.vendors.toolkit.http import Http, Response
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.readers import UnmappedError, number

_NULL = msgspec.Raw(b"null")


class _Envelope(msgspec.Struct):
    error: Any = msgspec.field(name="Error", default=None)
    data: msgspec.Raw = msgspec.field(name="DataSet", default=_NULL)


class _TokenResponse(msgspec.Struct):
    access_token: str
    expires_in: Any = None


class KpnApi:
    """The API gateway of one contact centre.

    Attributes:
        pause: The pause that the gateway requested of the application.
    """

    def __init__(self, target: KpnSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        self._account = account_of(target, clock)
        self.pause = self._account.pause

    def remaining_pause(self) -> float:
        """Return the seconds until the application may send another request."""
        return self._account.remaining_pause()

    async def fetch(self, path: str, name: str, notes: Notes) -> msgspec.Raw:
        """Return one entry of a response's `DataSet`, undecoded.

        Args:
            path: The path below the target's URL.
            name: The name of the entry.
            notes: Receives text that had to be replaced.

        Raises:
            PollError: There is no usable response.
        """
        envelope = decode_json(await self._get(path), _Envelope, name, notes)
        # An empty text, object or list, and false, do not report an error.
        if envelope.error and str(envelope.error).strip():
            raise PollError(Reason.INVALID, f"GET {path} returned an error: {str(envelope.error)[:200]}")
        data = bytes(envelope.data)
        rows = (
            None if data == b"null" else decode_json(data, dict[str, msgspec.Raw], f"{name}.DataSet", notes).get(name)
        )
        if rows is None:
            raise PollError(Reason.INVALID, f"GET {path} returned no DataSet.{name}")
        return rows

    async def _get(self, path: str) -> bytes:
        url = f"{self._target.url}{path}"

        async def send(headers: Mapping[str, str]) -> Response:
            self._account.quota.begin()
            response = await self._http.get(url, headers)
            quota = self._account.quota.record(response)
            if quota is not None:
                self._http.report_quota(*quota)
            return response

        # The renewal counts at the target whose request was refused.
        renewed = self._http.session_renewed
        response = await self._account.tokens.authorize(send, path, sign_in=self._sign_in, renewed=renewed)
        try:
            return self._http.require_ok(response, f"GET {path}")
        except PollError as error:
            if error.reason is Reason.THROTTLED:
                if error.retry_after is None:
                    error.retry_after = self._account.quota.retry_after(response)
                self.pause.record(error)
            raise

    async def _sign_in(self) -> Token:
        target = self._target
        form = {"client_id": target.client_id, "client_secret": target.client_secret.get_secret_value()}
        url = URL(target.token_url).update_query(grant_type="client_credentials")
        response = await self._http.post(str(url), form)
        token = decode_json(self._http.require_signed_in(response), _TokenResponse, "token", [])
        return Token(token.access_token, _lifetime(token.expires_in))


def _lifetime(expires_in: object) -> float | None:
    try:
        return number(expires_in) or None
    except UnmappedError:
        return None
