"""A client for the two query APIs of Prometheus: instant and range queries."""

from dataclasses import dataclass
from typing import Any

import aiohttp


class QueryRejectedError(Exception):
    """Prometheus rejected an expression."""


@dataclass(frozen=True, slots=True)
class Range:
    """A time range.

    Attributes:
        start: Its start, in seconds since the Unix epoch.
        end: Its end.
        step: The distance between points, in seconds.
    """

    start: float
    end: float
    step: float


class Prometheus:
    """A client for the HTTP API of a Prometheus."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def now(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """Return the series of an expression at one time.

        Args:
            expression: PromQL.
            at: The time, in seconds since the Unix epoch; None for now.

        Raises:
            QueryRejectedError: Prometheus rejected the expression.
        """
        return await self._query("/api/v1/query", {"query": expression} | ({"time": f"{at}"} if at is not None else {}))

    async def over(self, expression: str, span: Range) -> list[dict[str, Any]]:
        """Return the series of an expression over a time range.

        Raises:
            QueryRejectedError: Prometheus rejected the expression.
        """
        when = {"start": f"{span.start}", "end": f"{span.end}", "step": f"{span.step}"}
        return await self._query("/api/v1/query_range", {"query": expression, **when})

    async def _query(self, path: str, form: dict[str, str]) -> list[dict[str, Any]]:
        async with self._session.post(path, data=form) as response:
            body = await response.json()
        if body["status"] != "success":
            raise QueryRejectedError(f"{body.get('error')}: {form['query']}")
        result: list[dict[str, Any]] = body["data"]["result"]
        return result
