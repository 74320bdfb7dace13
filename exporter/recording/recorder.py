"""Records what each target's vendor answers to one poll of each resource."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import aiohttp
import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.polling.connection import close, connect
from exporter.polling.once import Polled, poll_each
from exporter.recording import bodies
from exporter.recording.anonymiser import Anonymiser
from exporter.recording.exchanges import Exchange, Recording, new_recording
from exporter.recording.headers import anonymised_headers
from exporter.recording.target_settings import SettingsAnonymiser, digits_in
from exporter.recording.vocabulary import Vocabulary, vocabulary_of
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, vendor_of
from exporter.vendors.toolkit.http import Http, Response, open_session
from exporter.vendors.toolkit.proxy import proxy_of


class Sent(NamedTuple):
    """A request as it was sent, and its outcome.

    Attributes:
        at: When it ended, in seconds since the Unix epoch.
        method: The HTTP method.
        url: The URL.
        form: The form in its body.
        json: The JSON document in its body.
        outcome: The response, or why there was none.
    """

    at: float
    method: str
    url: URL
    form: Mapping[str, str] | None
    json: object
    outcome: Response | Reason


class Recorded(NamedTuple):
    """A recording of one target.

    Attributes:
        recording: The recording.
        polls: The result of each resource.
        anonymiser: What replaced the names in it.
    """

    recording: Recording
    polls: Mapping[Resource, Polled]
    anonymiser: Anonymiser


class RecordingHttp(Http):
    """The HTTP client of a target that keeps every request and its outcome.

    Attributes:
        sent: The requests, in the order in which they ended.
    """

    def __init__(self, session: aiohttp.ClientSession, target: TargetSettings, clock: Clock) -> None:
        """Use the session and the settings of the target."""
        body_bytes = target.limits.body_bytes
        super().__init__(session, clock, body_bytes=body_bytes, answered=_ignore_code, proxy=proxy_of(target))
        self.sent: list[Sent] = []

    async def send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Response:
        """Send one request and keep it. Raises PollError."""
        outcome: Response | Reason = Reason.TIMEOUT
        try:
            outcome = await super().send(method, url, headers, form=form, json=json)
        except PollError as error:
            outcome = error.reason
            raise
        finally:
            # A request that is cancelled has timed out.
            self.sent.append(Sent(self._clock.time(), method, url, form, json, outcome))
        return outcome


async def record(target: TargetSettings, clock: Clock) -> Recorded:
    """Poll each resource of a target once and return what was sent and received, anonymised.

    Raises:
        OSError: A certificate cannot be used.
    """
    async with open_session(target) as session:
        return await record_over(session, target, clock)


async def record_over(session: aiohttp.ClientSession, target: TargetSettings, clock: Clock) -> Recorded:
    """Record a target as `record` does, over a session."""
    began = clock.time()
    vendor = vendor_of(target)
    http = RecordingHttp(session, target, clock)
    client, resources = connect(target, http, clock)
    polls = await poll_each(target, resources, http, clock)
    # A request that fails is part of the recording.
    await close(client)
    recording, anonymiser = anonymised(target, vocabulary_of(vendor), began, http.sent)
    return Recorded(recording, polls, anonymiser)


def anonymised(
    target: TargetSettings, vocabulary: Vocabulary, began: float, sent: Sequence[Sent]
) -> tuple[Recording, Anonymiser]:
    """Return what was sent and received without names and secrets, and what replaced them.

    Args:
        target: The target.
        vocabulary: The words of its vendor's API.
        began: When the recording began, in seconds since the Unix epoch.
        sent: The requests.
    """
    received = [each.outcome.body for each in sent if isinstance(each.outcome, Response)]
    identities = {digits for body in received for digits in bodies.identities_in(body, vocabulary)}
    anonymiser = Anonymiser(vocabulary, identities | set(digits_in(target.model_dump(exclude_unset=True))), began)
    texts = (text for body in received for text in _texts(bodies.parsed(body)[0]))
    settings = SettingsAnonymiser(anonymiser, texts).settings(target)
    exchanges = [_exchange(each, began, anonymiser) for each in sent]
    return new_recording(target.vendor, began, settings, exchanges), anonymiser


def _exchange(sent: Sent, began: float, anonymiser: Anonymiser) -> Exchange:
    form = (
        None if sent.form is None else {anonymiser.key(key): anonymiser.value(key, sent.form[key]) for key in sent.form}
    )
    asked = Exchange(
        at=round(sent.at - began, 3),
        method=sent.method,
        url=anonymiser.url(str(sent.url)),
        form=form,
        json=anonymiser.document(sent.json),
    )
    outcome = sent.outcome
    if isinstance(outcome, Reason):
        return msgspec.structs.replace(asked, failure=outcome)
    document, text = bodies.parsed(outcome.body)
    return msgspec.structs.replace(
        asked,
        status=outcome.status,
        headers=anonymised_headers(outcome.headers, anonymiser),
        document=anonymiser.document(document),
        text=None if text is None else bodies.anonymised_text(text, anonymiser),
    )


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON document
    match value:
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
        case str():
            yield value.strip()
        case int() if not isinstance(value, bool):
            yield str(value)


def _ignore_code(_code: int) -> None:
    """Ignore the status code; it is part of what is recorded."""
