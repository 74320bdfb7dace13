"""The client of one target: connected and closed, whatever the vendor's module does."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.polling.selection import wanted_resources
from exporter.runtime.clock import Clock
from exporter.runtime.containment import Caught, catch_unexpected
from exporter.settings import TargetSettings
from exporter.vendors.base import Client, Resource, vendor_of
from exporter.vendors.toolkit.http import Http

_CLOSE_SECONDS: Final = 2.0


class Unclosed(NamedTuple):
    """Why a vendor session could not be closed.

    Attributes:
        error: The error message.
        cause: An unexpected error of the vendor's module; None for others.
    """

    error: str
    cause: BaseException | None = None


def connect(settings: TargetSettings, http: Http, clock: Clock) -> tuple[Client, Sequence[Resource]]:
    """Return the client of a target, and its resources to poll; nothing is sent.

    The client of a module that fails to initialise has one resource, whose polls fail.
    """
    with catch_unexpected() as caught:
        client: Client = vendor_of(settings).connect(settings, http, clock)
        return client, wanted_resources(client.resources, settings)
    failed = _FailedClient(caught)
    return failed, failed.resources


async def close(client: Client) -> Unclosed | None:
    """Close the vendor session, within two seconds; return why that failed, None if it did not."""
    try:
        with catch_unexpected(PollError, TimeoutError) as caught:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await client.close()
    except TimeoutError:
        return Unclosed(f"no answer within {_CLOSE_SECONDS:g}s")
    except PollError as error:
        return Unclosed(str(error))
    return None if caught.error is None else Unclosed(str(caught), caught.error)


class _FailedClient:
    """Takes the place of the client of a vendor module that failed to initialise."""

    def __init__(self, caught: Caught) -> None:
        self._caught = caught

    @property
    def resources(self) -> Sequence[Resource]:
        """One resource, so that `up` is 0."""
        return (Resource("client", self._fail),)

    async def close(self) -> None:
        """Do nothing: there is no session."""

    async def _fail(self) -> Snapshot:
        raise PollError(Reason.INVALID, f"vendor module failed to initialise: {self._caught}")
