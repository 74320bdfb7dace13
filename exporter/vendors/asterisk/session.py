"""The AMI session of a user over HTTP: a cookie that Asterisk forgets if it is not used for some time.

Asterisk answers refused sign-ins, ended sessions and missing rights with status 200. A request with the cookie of an
ended session is answered with the cookie of a new session, one without a right with the same cookie.

Source: `generic_http_callback`, `authenticate` and `process_message` in `main/manager.c`; the time is `httptimeout` in
manager.conf.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.asterisk.messages import parse_answer
from exporter.vendors.asterisk.settings import AsteriskSettings
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.error_text import error_text
from exporter.vendors.toolkit.http import Http, Response, cookies

_LOGIN: Final = "Login"
_PLAIN: Final = {"Accept": "text/plain"}
_COOKIE: Final = re.compile(r"mansession_id=[^;\s]+")
_MAX_AGE: Final = re.compile(r"mansession_id=[^;]*;.*\bMax-Age=([1-9][0-9]{0,5})\b", re.IGNORECASE)
# A session is not used in the last tenth of its time: the request takes time to arrive.
_USED_SHARE: Final = 0.9
_REFUSED_MESSAGE: Final = b"Permission denied"
# Other errors of a sign-in, such as of an Asterisk that shuts down, are not about the credentials.
_SIGN_IN_REFUSALS: Final = frozenset({"authentication failed", "login already in use", "permission denied"})


class Session:
    """One user's session.

    Attributes:
        number: Counts the sessions; rights may differ in another one.
    """

    def __init__(self, target: AsteriskSettings, http: Http, clock: Clock) -> None:
        """Prepare the session; nothing is sent before the first request.

        Args:
            target: The target's configuration.
            http: Sends the requests.
            clock: Measures the time without a request.
        """
        self.number = 0
        self._target = target
        self._http = http
        self._clock = clock
        self._url = URL(f"{target.url.removesuffix('/rawman')}/rawman")
        self._tokens = TokenSource(
            self._sign_in, clock, pause=target.poll.interval, headers=_headers, renewed=http.session_renewed
        )
        self._cookie = ""
        self._lifetime = float("inf")
        self._used_at = float("-inf")

    async def send(self, action: str) -> Response:
        """Request an action, after signing in if necessary, and once more if the session has ended.

        Args:
            action: The action, which takes no arguments.

        Raises:
            PollError: Signing in failed, there was no response, or it refuses the session again.
        """
        if self._cookie and self._clock.monotonic() - self._used_at >= self._lifetime * _USED_SHARE:
            await self.end()
        url = str(self._url.with_query(action=action))

        async def send(headers: Mapping[str, str]) -> Response:
            began = self._clock.monotonic()
            response = await self._http.get(url, headers)
            if _session_of(response) == headers["Cookie"]:
                self._used_at = began
            elif _is_refusal(response):
                return response._replace(status=HTTPStatus.UNAUTHORIZED)
            return response

        response = await self._tokens.authorize(send, action)
        self._http.require_ok(response, action)
        return response

    async def end(self) -> None:
        """Sign out, if signed in, and sign in again at the next request.

        With `allowmultiplelogin=no` a user may not sign in beside an earlier session.

        Raises:
            PollError: There was no response.
        """
        cookie, self._cookie = self._cookie, ""
        self._tokens.forget()
        if cookie:
            await self._http.get(str(self._url.with_query(action="Logoff")), _headers(cookie))

    async def _sign_in(self) -> Token:
        """Sign in; the secret is sent in the body, because addresses are logged by proxies."""
        target = self._target
        form = {
            "action": _LOGIN,
            "username": target.username,
            "secret": target.secret.get_secret_value(),
            # Otherwise every response may also contain the events of all calls since the one before it.
            "events": "off",
        }
        response = await self._http.post(str(self._url), form, _PLAIN)
        answer = parse_answer(self._http.require_signed_in(response), "sign-in", {})
        if not answer.is_success:
            is_refused = answer.message.casefold() in _SIGN_IN_REFUSALS
            reason = Reason.AUTH if is_refused else Reason.INVALID
            raise PollError(reason, f"sign-in failed: {error_text(answer.message.encode())}", sign_in=is_refused)
        session = _session_of(response)
        if not session:
            raise PollError(Reason.INVALID, "sign-in returned no cookie mansession_id")
        self.number += 1
        self._cookie = session
        self._used_at = self._clock.monotonic()
        self._lifetime = _lifetime(response)
        return Token(session, None)


def _headers(session: str) -> Mapping[str, str]:
    return {**_PLAIN, "Cookie": session}


def _is_refusal(response: Response) -> bool:
    return response.body.startswith(b"Response: Error") and _REFUSED_MESSAGE in response.body


def _session_of(response: Response) -> str:
    """Return the session's cookie that a response sets, "" if it sets none."""
    cookie = _COOKIE.search(cookies(response))
    return "" if cookie is None else cookie[0]


def _lifetime(response: Response) -> float:
    """Return the seconds after which Asterisk forgets a session that is not used."""
    ages = map(_MAX_AGE.match, response.headers.getall("Set-Cookie", ()))
    return min((float(age[1]) for age in ages if age is not None), default=float("inf"))
