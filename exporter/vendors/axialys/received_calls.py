"""Figures that take a request for each group or number: the questions, and the answers read as queues.

Source page: sections *4.1* and *4.2 Calls received* and *4.3 Supervision*.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Queue, Snapshot
from exporter.vendors.axialys.api import Api, Query
from exporter.vendors.axialys.round_robin import Rounds
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.json_document import Notes


class Question(NamedTuple):
    """What is asked of one group, or of the numbers of one name.

    Attributes:
        path: The path, quoted.
        subject: Fields that go with the answer as if it repeated what was asked, which it does or not.
        query: Parameters of the address.
        json: Parameters that the vendor reads from the body.
    """

    path: str
    subject: Mapping[str, object]
    query: Query = ()
    json: object = None


class Figures:
    """One kind of figures."""

    def __init__(self, table: RowSchema[Queue], api: Api, rounds: Rounds) -> None:
        """Ask nothing yet.

        Args:
            table: What an answer means.
            api: Whom to ask.
            rounds: How fast to ask one question after the other.
        """
        self._name = table.name
        self._fields = {field.name for field in table.fields}
        self._decoder = Decoder(table)
        self._api = api
        self._rounds = rounds

    async def ask(self, questions: Sequence[Question]) -> Snapshot:
        """Ask one question after the other.

        Raises:
            PollError: None has a usable answer, or what went wrong concerns them all.
        """
        notes: Notes = []
        queues = await self._rounds.go(questions, lambda question: self._answer(question, notes), notes)
        return Snapshot(queues=queues, unmapped=tuple(notes))

    async def _answer(self, question: Question, notes: Notes) -> Queue:
        row = await self._api.row(question.path, self._name, notes, query=question.query, json=question.json)
        if not row.keys() & self._fields - question.subject.keys():
            raise PollError(Reason.INVALID, f"{self._name}: an object without any of the fields")
        whole = msgspec.json.encode({**row, **question.subject})
        return self._decoder.decode_one(msgspec.Raw(whole), notes)
