"""Axialys' history of the operators' status (3.4).

A status is in the history once it has ended, under the date of its start. The page does not document whether the
period of a request is compared with the start or the end of a status: both are available. Calls are those of the voice
queues; the vendor has no type for being unavailable without a break.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from aiohttp import web

from exporter.simulator.dialects.axialys_operators import CALLER, Dates, Row
from exporter.simulator.driver import Driver
from exporter.simulator.status_log import Period

HISTORY_PATH = "/vm/calls/status"

PeriodOf = Literal["start", "end"]


class History:
    """The history of the operators' status.

    Args:
        driver: The driver of the centre.
        dates: Formats dates.
        timezone: Time zone of dates without an offset.
        period_of: Which time of a status the requested period is compared with.
        details_after: Seconds from the end of a call until its row contains the call's id and information.
    """

    def __init__(
        self, driver: Driver, dates: Dates, *, timezone: str, period_of: PeriodOf, details_after: float
    ) -> None:
        self._driver = driver
        self._dates = dates
        self._zone = ZoneInfo(timezone)
        self._period_of = period_of
        self._details_after = details_after

    async def rows(self, request: web.Request) -> web.Response:
        """Return the ended statuses of a period, of all operators or one."""
        parameters = _parameters(await request.text())
        after, before = self._moment(parameters, "date"), self._moment(parameters, "date_end")
        operator = parameters.get("id_op")
        rows = self._rows(after, before, None if operator is None else str(operator))
        return web.json_response(list(rows))

    def _rows(self, after: float, before: float, operator: str | None) -> Iterator[Row]:
        for period in self._driver.centre.floor.statuses:
            compared = self._driver.time_of(period.began if self._period_of == "start" else period.ended)
            word = _word(period)
            if word is not None and after <= compared < before and operator in {None, period.agent.id}:
                yield self._row(period, word)

    def _row(self, period: Period, word: str) -> Row:
        call_id: int | None = None
        infos = period.reason
        if period.record is not None and self._driver.centre.now - period.ended >= self._details_after:
            call_id, infos = period.record.number, CALLER
        return {
            "id_op": int(period.agent.id),
            "duration": int(period.ended - period.began),
            "date": self._dates.at(period.began),
            "id_call": call_id,
            "infos": infos,
            "type": word,
        }

    def _moment(self, parameters: Mapping[str, object], name: str) -> float:
        text = parameters.get(name)
        try:
            date = datetime.fromisoformat(str(text))
        except ValueError as error:
            raise web.HTTPBadRequest(text=f"Paramètres invalides: {name}") from error
        return (date if date.tzinfo else date.replace(tzinfo=self._zone)).timestamp()


def _parameters(body: str) -> Mapping[str, object]:
    """Return the parameters, which are a JSON object whatever the content type."""
    try:
        parameters = json.loads(body)
    except ValueError as error:
        raise web.HTTPBadRequest(text="Paramètres invalides") from error
    if not isinstance(parameters, dict):
        raise web.HTTPBadRequest(text="Paramètres invalides")
    return parameters


def _word(period: Period) -> str | None:
    """Return the type of an event; None if the history does not contain it."""
    record = period.record
    if record is not None and record.channel != "voice":
        return None
    match period.activity:
        case "busy":
            return "call_out" if record is not None and record.direction == "out" else "call_in"
        case "wrap_up":
            return "catchup"
        case "paused":
            return "break"
        case "logged_in":
            return "login"
        case "not_ready":
            return None
