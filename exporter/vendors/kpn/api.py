"""KPN's gateway over HTTP: signing in, one GET, the envelope of an answer and the quota that a refusal names.

Source page: "Dashboard Server - KPN", sections *Get Access Token* and *Return codes*.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.http import Http, Response, seconds_until
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.readers import UnmappedError, number

_SIGN_IN_REFUSED = frozenset({400, 401, 403})
_NOTHING = msgspec.Raw(b"null")


class _Envelope(msgspec.Struct):
    error: Any = msgspec.field(name="Error", default=None)
    data: msgspec.Raw = msgspec.field(name="DataSet", default=_NOTHING)


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: Any = None


class KpnApi:
    """One contact centre's gateway."""

    def __init__(self, target: KpnSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        self._clock = clock
        self._tokens = TokenSource(self._sign_in, clock, pause=target.poll.interval)

    async def fetch(self, path: str, name: str, notes: Notes) -> msgspec.Raw:
        """Return what stands under a name in an answer's data set.

        Args:
            path: The address below the target's URL.
            name: The name in `DataSet`.
            notes: Receives what had to be replaced.

        Raises:
            PollError: There is no usable answer.
        """
        envelope = decode_json(await self._ask(path), _Envelope, name, notes)
        if envelope.error is not None:
            raise PollError(Reason.INVALID, f"GET {path} answered with an error: {str(envelope.error)[:200]}")
        data = bytes(envelope.data)
        rows = (
            None if data == b"null" else decode_json(data, dict[str, msgspec.Raw], f"{name}.DataSet", notes).get(name)
        )
        if rows is None:
            raise PollError(Reason.INVALID, f"GET {path} answered without DataSet.{name}")
        return rows

    async def _ask(self, path: str) -> bytes:
        answer = await self._tokens.authorize(lambda headers: self._http.get(f"{self._target.url}{path}", headers))
        try:
            return self._http.require_ok(answer, f"GET {path}")
        except PollError as error:
            if error.reason is Reason.THROTTLED and error.retry_after is None:
                error.retry_after = _quota_reset(answer, self._clock.time())
            raise

    async def _sign_in(self) -> Token:
        target = self._target
        form = {"client_id": target.client_id, "client_secret": target.client_secret.get_secret_value()}
        url = URL(target.token_url).update_query(grant_type="client_credentials")
        answer = await self._http.post(str(url), form)
        body = self._http.require_ok(answer, "sign-in", refused=_SIGN_IN_REFUSED)
        said = decode_json(body, _TokenAnswer, "token", [])
        return Token(said.access_token, _lifetime(said.expires_in))


def _lifetime(expires_in: object) -> float | None:
    try:
        return number(expires_in) or None
    except UnmappedError:
        return None


def _quota_reset(answer: Response, now: float) -> float | None:
    """Return the seconds until the quota restarts; the gateway's date may be ISO 8601 or milliseconds of the epoch."""
    said = answer.headers.get("quota-reset-UTC", "").strip()
    if said.isascii() and said.isdigit():
        return seconds_until(float(said) / 1000, now)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return seconds_until((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), now)
