"""Acme Contact Centre: one GET of its queues with basic authentication."""

from collections.abc import Sequence

import msgspec

from exporter.sdk import (
    Clock,
    Decoder,
    Field,
    Http,
    Notes,
    Queue,
    Resource,
    RowSchema,
    Secret,
    Snapshot,
    TargetSettings,
    Text,
    Vendor,
    basic,
    decode_json,
    identifier,
    number,
    percentage,
    text,
)

QUEUES = RowSchema(
    "queues",
    Queue,
    (
        Field("id", "id", identifier),
        Field("title", "name", text),
        Field("waiting", "waiting_contacts", number),
        Field("longest", "oldest_wait_seconds", number),
        Field("sl_percent", "service_level_ratio", percentage),
        Field("idle_agents", "agents.available", number),
        Field("busy_agents", "agents.busy", number),
    ),
    always={"channel": "voice"},
)


class AcmeSettings(TargetSettings):
    """A target at Acme."""

    username: Text
    password: Secret


class AcmeClient:
    """One contact centre at Acme."""

    def __init__(self, target: AcmeSettings, http: Http, _clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._url = f"{target.url}/queues"
        self._http = http
        self._headers = {"Authorization": basic(target.username, target.password.get_secret_value())}
        self._queues = Decoder(QUEUES)

    @property
    def resources(self) -> Sequence[Resource]:
        """Return the only resource, the queues."""
        return (Resource("queues", self.queues),)

    async def queues(self) -> Snapshot:
        """Fetch all queues. Raises PollError."""
        notes: Notes = []
        body = self._http.require_ok(await self._http.get(self._url, self._headers), "GET /queues")
        rows = decode_json(body, msgspec.Raw, "queues", notes)
        return Snapshot(queues=self._queues.decode(rows, notes), unmapped=tuple(notes))

    async def close(self) -> None:
        """Do nothing: there is no session to end."""


VENDOR = Vendor(name="acme", settings=AcmeSettings, connect=AcmeClient, tables=(QUEUES,))
