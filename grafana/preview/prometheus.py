"""The two questions boards ask of Prometheus: what is, and what has been."""

from dataclasses import dataclass
from typing import Any

import aiohttp


class RefusedError(Exception):
    """Prometheus refused an expression."""


@dataclass(frozen=True, slots=True)
class Range:
    """A time range.

    Attributes:
        start: Its beginning, in seconds since the Unix epoch.
        end: Its end.
        step: How far the points lie apart, in seconds.
    """

    start: float
    end: float
    step: float


class Prometheus:
    """A Prometheus that is asked over HTTP."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def now(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """Return the series an expression has at a moment.

        Args:
            expression: PromQL.
            at: The moment, in seconds since the Unix epoch; None is now.

        Raises:
            RefusedError: Prometheus does not understand it.
        """
        return await self._ask("/api/v1/query", {"query": expression} | ({"time": f"{at}"} if at is not None else {}))

    async def over(self, expression: str, span: Range) -> list[dict[str, Any]]:
        """Return the series an expression has over a time range.

        Raises:
            RefusedError: Prometheus does not understand it.
        """
        when = {"start": f"{span.start}", "end": f"{span.end}", "step": f"{span.step}"}
        return await self._ask("/api/v1/query_range", {"query": expression, **when})

    async def _ask(self, path: str, form: dict[str, str]) -> list[dict[str, Any]]:
        async with self._session.post(path, data=form) as response:
            answer = await response.json()
        if answer["status"] != "success":
            raise RefusedError(f"{answer.get('error')}: {form['query']}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result
