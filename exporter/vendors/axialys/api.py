"""Axialys's API: signing in with every request, and the rows in what it answers.

Source page: sections *2.1 Query format* and *2.2 Response format*. With `auth: query` every address is a secret, so no
message names more of it than its path.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http, basic
from exporter.vendors.toolkit.json_document import Notes, decode_json

# Without it whoever looks like a browser is sent HTML.
_AS_JSON = ("accept", "application/json")
_REFUSED = frozenset({401, 403})

M = TypeVar("M", bound=msgspec.Struct)
Query = Sequence[tuple[str, str]]


class _Wrapped(msgspec.Struct):
    data: msgspec.Raw


class Api:
    """Asks Axialys for one target."""

    def __init__(self, target: AxialysSettings, http: Http) -> None:
        """Use the target's credentials; nothing is sent yet."""
        self._base = target.url
        self._http = http
        self._headers, self._credentials = _sign_in(target)

    async def rows(
        self, path: str, name: str, decoder: Decoder[M]
    ) -> tuple[tuple[M, ...], tuple[tuple[str, str], ...]]:
        """Ask for a list, be it the answer itself or its `data`; return what it means, and what had no meaning.

        Args:
            path: The path, quoted.
            name: What the rows are, for the notes and messages.
            decoder: Reads them.

        Raises:
            PollError: There is no usable answer.
        """
        notes: Notes = []
        things = await decoder.read(await self._ask(path, name, notes), notes)
        return things, tuple(notes)

    async def row(
        self, path: str, name: str, notes: Notes, *, query: Query = (), json: object = None
    ) -> dict[str, msgspec.Raw]:
        """Ask for a single object and return its fields; it may stand in `data`, and as the only one of a list.

        Args:
            path: The path, quoted.
            name: What the row is, for the notes and messages.
            notes: Receives what had to be replaced.
            query: Parameters of the address.
            json: Parameters that the vendor reads from the body.

        Raises:
            PollError: There is no usable answer.
        """
        said = bytes(await self._ask(path, name, notes, query=query, json=json))
        try:
            if said.lstrip().startswith(b"["):
                [row] = msgspec.json.decode(said, type=list[dict[str, msgspec.Raw]])
                return row
            return msgspec.json.decode(said, type=dict[str, msgspec.Raw])
        except ValueError as error:
            raise PollError(Reason.INVALID, f"{name}: not one object") from error

    async def _ask(self, path: str, name: str, notes: Notes, *, query: Query = (), json: object = None) -> msgspec.Raw:
        url = URL(f"{self._base}{path}", encoded=True).extend_query([*self._credentials, *query, _AS_JSON])
        answer = await self._http.get(str(url), self._headers, json=json)
        body = self._http.require_ok(answer, f"GET {path}", refused=_REFUSED)
        document = decode_json(body, msgspec.Raw, name, notes)
        try:
            return msgspec.json.decode(document, type=_Wrapped).data
        except msgspec.ValidationError:
            return document


def _sign_in(target: AxialysSettings) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the headers and the query parameters that sign in."""
    username = target.username or ""
    password = target.password.get_secret_value() if target.password is not None else ""
    key = target.api_key.get_secret_value() if target.api_key is not None else ""
    match target.auth:
        case "basic":
            return {"Authorization": basic(username, password)}, []
        case "query":
            return {}, [("user", username), ("password", password)]
        case "apikey":
            return {"Authorization": f"APIKey {key}"}, []
