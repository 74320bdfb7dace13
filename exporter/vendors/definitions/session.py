"""Signing in as a definition describes, and authenticating requests."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.definitions.paths import parse_path
from exporter.vendors.definitions.records import ResponseBody
from exporter.vendors.definitions.requests import encoded_path, query_of, require_headers, texts_of
from exporter.vendors.definitions.sign_in import Basic, Header, Login, OAuth, Session
from exporter.vendors.definitions.substitution import Values, substitute, substitute_json
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.http import Http, Response, basic, cookies
from exporter.vendors.toolkit.readers import UnmappedError, number

Send = Callable[[Mapping[str, str]], Awaitable[Response]]
CurrentValues = Callable[[], Values]
_COOKIE: Final = "Cookie"


class Authenticator:
    """Authenticates the requests of one target.

    Attributes:
        sends_credentials: Whether each request carries the credentials themselves, so that a 401 is a refused sign-in.
    """

    def __init__(  # noqa: PLR0913 - the parts of one target
        self, login: Login, base: str, http: Http, values: CurrentValues, *, clock: Clock, pause: float
    ) -> None:
        """Prepare the sign-in; nothing is sent.

        Args:
            login: How the target signs in.
            base: The target's URL.
            http: The HTTP client.
            values: Returns what is substituted now.
            clock: Measures the lifetime of tokens.
            pause: Seconds before a refused sign-in is repeated.
        """
        self._login = login
        self._base = base
        self._http = http
        self._values = values
        self.sends_credentials = login.basic is not None or login.header is not None
        signs_in = login.oauth is not None or login.session is not None
        self._tokens = (
            TokenSource(self._sign_in, clock, pause=pause, headers=self._session_headers, renewed=http.session_renewed)
            if signs_in
            else None
        )
        self._signed_in = False

    async def send(self, send: Send, request: str) -> Response:
        """Send a request with its authentication.

        Args:
            send: Sends it with the given headers.
            request: Identifies it.

        Raises:
            PollError: Signing in failed, or there was no response.
        """
        if self._tokens is None:
            return await send(self._fixed_headers())
        return await self._tokens.authorize(send, request)

    async def close(self) -> None:
        """End the session, if the vendor has a request for it. Raises PollError."""
        session = self._login.session
        if self._tokens is None or session is None or session.logout is None or not self._signed_in:
            return
        self._signed_in = False
        headers = self._session_headers(await self._tokens.get())
        if session.logout.delete is not None:
            await self._http.delete(self._address(session.logout.delete), headers)
        elif session.logout.post is not None:
            await self._http.post(self._address(session.logout.post), None, headers)

    def _address(self, path: str) -> str:
        return f"{self._base}{encoded_path(path, self._values())}"

    def _fixed_headers(self) -> Mapping[str, str]:
        login = self._login
        if login.basic is not None:
            return self._basic(login.basic)
        return {} if login.header is None else self._header(login.header, None)

    def _basic(self, credentials: Basic) -> dict[str, str]:
        values = self._values()
        username, password = (substitute(text, values) or "" for text in (credentials.username, credentials.password))
        return {"Authorization": basic(username, password)}

    def _header(self, header: Header, token: str | None) -> dict[str, str]:
        return {header.name: substitute(header.value, self._values()._replace(token=token)) or ""}

    def _session_headers(self, token: str) -> Mapping[str, str]:
        session, oauth = self._login.session, self._login.oauth
        if session is not None and session.cookie:
            return {_COOKIE: token.replace(";", "; ")}
        header = oauth.header if oauth is not None else session.header if session is not None else None
        return {} if header is None else self._header(header, token)

    async def _sign_in(self) -> Token:
        if self._login.oauth is not None:
            return await self._request_token(self._login.oauth)
        assert self._login.session is not None  # noqa: S101 - the only other login with tokens
        token = await self._begin_session(self._login.session)
        self._signed_in = True
        return token

    async def _request_token(self, oauth: OAuth) -> Token:
        """Request a token by client credentials."""
        values = self._values()
        client, secret = (substitute(text, values) or "" for text in (oauth.client_id, oauth.client_secret))
        form = {} if "grant_type" in oauth.query else {"grant_type": "client_credentials"}
        form |= texts_of(oauth.form, values)
        headers: dict[str, str] = {}
        if oauth.send == "basic":
            headers = {"Authorization": basic(client, secret)}
        else:
            form |= {"client_id": client, "client_secret": secret}
        if oauth.scope is not None:
            form["scope"] = substitute(oauth.scope, values) or ""
        url = URL(substitute(oauth.token_url, values) or "").update_query(list(query_of(oauth.query, values)))
        response = await self._http.post(str(url), form, headers)
        return self._token(self._http.require_signed_in(response), oauth.token, oauth.lifetime)

    async def _begin_session(self, session: Session) -> Token:
        """Sign in by a form or a JSON document; return the token or the cookies."""
        values = self._values()
        headers = texts_of(session.headers, values)
        if session.basic is not None:
            headers |= self._basic(session.basic)
        form = None if session.form is None else texts_of(session.form, values)
        json = substitute_json(session.json_body, values)
        require_headers(headers, "sign-in")
        response = await self._http.post(self._address(session.post), form, headers, json=json)
        body = self._http.require_signed_in(response)
        if session.token is not None:
            return self._token(body, session.token, session.lifetime)
        # A token contains no spaces.
        received = cookies(response).replace("; ", ";")
        if not received:
            raise PollError(Reason.INVALID, "sign-in returned no cookie")
        return Token(received, None)

    def _token(self, body: bytes, path: str, lifetime: str | None) -> Token:
        document = ResponseBody(body, "token", [])
        value = document.value(parse_path(path))
        if not isinstance(value, str):
            raise PollError(Reason.INVALID, "sign-in returned no token")
        return Token(value, None if lifetime is None else _seconds(document.value(parse_path(lifetime))))


def _seconds(value: object) -> float | None:
    try:
        return number(value) or None
    except UnmappedError:
        return None
