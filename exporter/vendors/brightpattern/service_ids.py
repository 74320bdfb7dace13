"""Ids of services, which the grids do not contain: requested beside the subscription, from versions that have them.

A queue whose id changed would be a second queue, so the choice between the id and the name is made once for each
service and kept until the exporter restarts or the target is reloaded.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec
import structlog

from exporter.errors import PollError
from exporter.model import Queue
from exporter.runtime.clock import Clock
from exporter.vendors.brightpattern.api import BrightPatternApi
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.tables import SERVICE_IDS
from exporter.vendors.toolkit.decoder import Decoder

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Services that exchange their names are noticed no other way.
_REFRESH_SECONDS = 900.0
# The ids are not worth a poll that times out.
_SHARE_OF_TIMEOUT = 0.25


class ServiceIds:
    """The ids of one tenant's services."""

    def __init__(self, target: BrightPatternSettings, api: BrightPatternApi, clock: Clock) -> None:
        """Prepare; nothing is requested yet."""
        self._target = target
        self._api = api
        self._clock = clock
        self._decoder = Decoder(SERVICE_IDS)
        self._decided = False
        self._ids: Mapping[str, str] | None = None
        self._asked_at = float("-inf")
        # Services exported under their name, because their id was not known when they appeared.
        self._named: set[str] = set()

    def id_of(self, name: str) -> str:
        """Return the id of a service, or its name if the vendor does not provide ids."""
        return name if self._ids is None or name in self._named else self._ids.get(name, name)

    async def update(self, headers: Mapping[str, str], names: Iterable[str]) -> None:
        """Request the ids for the first time, for a new name, and every quarter of an hour.

        Args:
            headers: The headers of the session.
            names: The names of all services of this poll.
        """
        if self._decided and self._ids is None:
            return
        wanted = set(names) - self._named
        now = self._clock.monotonic()
        if self._ids is None or not wanted <= self._ids.keys() or now >= self._asked_at + _REFRESH_SECONDS:
            # Before the request: a poll that is cancelled in it has decided too.
            self._decided, self._asked_at = True, now
            self._ids = await self._request(headers) or self._ids
        if self._ids is not None:
            self._named |= wanted - self._ids.keys()

    async def _request(self, headers: Mapping[str, str]) -> Mapping[str, str] | None:
        """Return the ids by name, None if the vendor does not provide them."""
        try:
            async with asyncio.timeout(self._target.poll.timeout * _SHARE_OF_TIMEOUT):
                body = await self._api.get_services(headers)
            services = self._decoder.decode(msgspec.Raw(body), [])
        except (PollError, TimeoutError) as error:
            if self._ids is None:
                log.info(
                    "the vendor does not provide the ids of services; their names are used until the next start",
                    target=self._target.name,
                    error=str(error) or "request timed out",
                )
            return None
        return _unambiguous(services)


def _unambiguous(services: Iterable[Queue]) -> Mapping[str, str]:
    """Return the ids by name, without names that several services have: the grids identify services by name only."""
    services = tuple(services)
    names = Counter(service.name for service in services)
    return {service.name: service.id for service in services if service.name and names[service.name] == 1}
