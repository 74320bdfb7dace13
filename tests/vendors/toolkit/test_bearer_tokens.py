"""Tokens and sessions: shared, renewed before they expire and once after a refusal."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from exporter.errors import PollError, Reason
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.http import RedirectError, Response
from tests.support.clock import ManualClock

# In real time; a task that still waits then is stuck.
_TIMEOUT_SECONDS = 2.0


class Vendor:
    """Issues `token-1`, `token-2` … and accepts only the last one, or none if `accepts_none` is set."""

    def __init__(self, clock: ManualClock, lifetime: float | None = 3599.0) -> None:
        self.sign_ins = 0
        self.requests: list[str] = []
        self.lifetime = lifetime
        self.failure: PollError | None = None
        self.seconds = 1.0
        self.accepts_none = False
        self.accepted: str | None = None
        self._clock = clock

    async def sign_in(self) -> Token:
        self.sign_ins += 1
        number = self.sign_ins
        await self._clock.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        self.accepted = f"token-{number}"
        return Token(self.accepted, self.lifetime)

    async def send(self, headers: Mapping[str, str]) -> Response:
        await asyncio.sleep(0)
        self.requests.append(headers["Authorization"])
        good = headers["Authorization"] == f"Bearer {self.accepted}" and not self.accepts_none
        return Response(200 if good else 401, CIMultiDictProxy(CIMultiDict[str]()), b"")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def vendor(clock: ManualClock) -> Vendor:
    return Vendor(clock)


@pytest.fixture
def tokens(vendor: Vendor, clock: ManualClock) -> TokenSource:
    return TokenSource(vendor.sign_in, clock)


async def use(tokens: TokenSource, vendor: Vendor, clock: ManualClock, users: int = 1) -> list[int]:
    """Send a request for each of several concurrent users and return the statuses they received."""
    tasks = [asyncio.create_task(tokens.authorize(vendor.send)) for _ in range(users)]
    await clock.advance(10)
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        return [(await task).status for task in tasks]


async def test_nothing_is_sent_before_the_first_use(tokens: TokenSource, vendor: Vendor, clock: ManualClock) -> None:
    await clock.advance(10)
    assert vendor.sign_ins == 0
    assert await use(tokens, vendor, clock) == [200]
    assert vendor.requests == ["Bearer token-1"]


async def test_fifty_users_at_once_sign_in_once(tokens: TokenSource, vendor: Vendor, clock: ManualClock) -> None:
    assert await use(tokens, vendor, clock, users=50) == [200] * 50
    assert vendor.sign_ins == 1
    assert vendor.requests == ["Bearer token-1"] * 50


async def fail_twice(tokens: TokenSource, vendor: Vendor) -> None:
    vendor.failure, vendor.seconds = PollError(Reason.DECODE, "truncated"), 0.0
    for _ in range(2):
        with pytest.raises(PollError):
            await tokens.authorize(vendor.send)


async def test_an_unreadable_sign_in_is_not_repeated_at_once(vendor: Vendor, clock: ManualClock) -> None:
    await fail_twice(TokenSource(vendor.sign_in, clock, pause=15.0), vendor)
    assert vendor.sign_ins == 1


async def test_an_unreadable_sign_in_of_accepted_credentials_is_repeated(vendor: Vendor, clock: ManualClock) -> None:
    tokens = TokenSource(vendor.sign_in, clock, pause=15.0)
    assert await use(tokens, vendor, clock) == [200]
    tokens.forget()
    await fail_twice(tokens, vendor)
    assert vendor.sign_ins == 3


async def test_a_token_is_used_until_a_minute_before_it_expires(
    tokens: TokenSource, vendor: Vendor, clock: ManualClock
) -> None:
    await use(tokens, vendor, clock)
    await clock.advance(3599 - 60 - 10 - 1)
    await use(tokens, vendor, clock)
    assert vendor.sign_ins == 1
    assert await use(tokens, vendor, clock, users=50) == [200] * 50
    assert vendor.sign_ins == 2


async def test_a_short_lived_token_is_used_for_nine_tenths_of_its_lifetime(clock: ManualClock) -> None:
    vendor = Vendor(clock, lifetime=100.0)
    tokens = TokenSource(vendor.sign_in, clock)
    await use(tokens, vendor, clock)
    await clock.advance(79)
    await use(tokens, vendor, clock)
    assert vendor.sign_ins == 1
    await use(tokens, vendor, clock)
    assert vendor.sign_ins == 2


async def test_the_lifetime_counts_from_the_start_of_the_sign_in(clock: ManualClock) -> None:
    vendor = Vendor(clock, lifetime=100.0)
    vendor.seconds = 9.0
    tokens = TokenSource(vendor.sign_in, clock)
    await use(tokens, vendor, clock)
    await clock.advance(80)
    await use(tokens, vendor, clock)
    assert vendor.sign_ins == 2


async def test_setting_the_wall_clock_expires_no_token(tokens: TokenSource, vendor: Vendor, clock: ManualClock) -> None:
    await use(tokens, vendor, clock)
    clock.jump(1e6)
    await use(tokens, vendor, clock)
    clock.jump(-2e6)
    await use(tokens, vendor, clock)
    assert vendor.sign_ins == 1


async def test_a_token_of_unknown_lifetime_is_used_until_it_is_refused(clock: ManualClock) -> None:
    vendor = Vendor(clock, lifetime=None)
    tokens = TokenSource(vendor.sign_in, clock)
    await use(tokens, vendor, clock)
    await clock.advance(1e9)
    await use(tokens, vendor, clock)
    assert vendor.sign_ins == 1
    vendor.accepted = None
    assert await use(tokens, vendor, clock) == [200]
    assert vendor.sign_ins == 2


async def test_a_refused_token_is_renewed_once_and_all_requests_are_repeated(
    tokens: TokenSource, vendor: Vendor, clock: ManualClock
) -> None:
    await use(tokens, vendor, clock)
    vendor.accepted = None
    assert await use(tokens, vendor, clock, users=50) == [200] * 50
    assert vendor.sign_ins == 2
    assert vendor.requests.count("Bearer token-1") == 51
    assert vendor.requests.count("Bearer token-2") == 50


async def test_a_second_refusal_is_returned(tokens: TokenSource, vendor: Vendor, clock: ManualClock) -> None:
    vendor.accepts_none = True
    assert await use(tokens, vendor, clock) == [401]
    assert vendor.sign_ins == 2
    assert len(vendor.requests) == 2


async def test_a_forgotten_token_is_not_used_again(tokens: TokenSource, vendor: Vendor, clock: ManualClock) -> None:
    assert await use(tokens, vendor, clock) == [200]
    tokens.forget()
    assert await use(tokens, vendor, clock) == [200]
    assert vendor.requests == ["Bearer token-1", "Bearer token-2"]


async def failures(tokens: TokenSource, vendor: Vendor, clock: ManualClock, users: int) -> list[PollError]:
    tasks = [asyncio.create_task(tokens.authorize(vendor.send)) for _ in range(users)]
    await clock.advance(10)
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        found = await asyncio.gather(*tasks, return_exceptions=True)
    return [error for error in found if isinstance(error, PollError)]


async def test_a_failed_sign_in_fails_every_waiting_request(
    tokens: TokenSource, vendor: Vendor, clock: ManualClock
) -> None:
    vendor.failure = PollError(Reason.AUTH, "sign-in returned 401", retry_after=7.0)
    errors = await failures(tokens, vendor, clock, users=50)
    assert [(error.reason, str(error), error.retry_after) for error in errors] == [
        (Reason.AUTH, "sign-in returned 401", 7.0)
    ] * 50
    assert vendor.sign_ins == 1
    assert not vendor.requests


async def test_a_later_request_signs_in_again(tokens: TokenSource, vendor: Vendor, clock: ManualClock) -> None:
    vendor.failure = PollError(Reason.AUTH, "sign-in returned 401")
    await failures(tokens, vendor, clock, users=3)
    await failures(tokens, vendor, clock, users=3)
    assert vendor.sign_ins == 2
    vendor.failure = None
    assert await use(tokens, vendor, clock, users=3) == [200] * 3
    assert vendor.sign_ins == 3


@pytest.mark.parametrize(
    ("reason", "retry_after", "pause"), [(Reason.AUTH, None, 15), (Reason.THROTTLED, 60.0, 60), (Reason.HTTP, None, 0)]
)
async def test_a_refused_sign_in_is_not_tried_again_before_its_pause(
    vendor: Vendor, clock: ManualClock, reason: Reason, retry_after: float | None, pause: float
) -> None:
    tokens = TokenSource(vendor.sign_in, clock, pause=15.0)
    vendor.seconds = 0.0
    vendor.failure = PollError(reason, "sign-in failed", retry_after=retry_after)
    await failures(tokens, vendor, clock, users=1)  # advances the clock by ten seconds
    [error] = await failures(tokens, vendor, clock, users=1)
    assert vendor.sign_ins == (1 if pause > 10 else 2)
    assert error.retry_after == (pause - 10 if pause > 10 else None)
    await clock.advance(pause)
    vendor.failure = None
    assert await use(tokens, vendor, clock) == [200]


async def test_a_renewal_that_fails_forgets_the_refused_token(
    tokens: TokenSource, vendor: Vendor, clock: ManualClock
) -> None:
    await use(tokens, vendor, clock)
    vendor.accepted, vendor.failure = None, PollError(Reason.CONNECTION, "no route to host")
    assert len(await failures(tokens, vendor, clock, users=5)) == 5
    assert vendor.sign_ins == 2
    vendor.failure = None
    assert await use(tokens, vendor, clock) == [200]
    assert vendor.sign_ins == 3


async def test_a_request_cancelled_during_the_sign_in_affects_no_other(
    tokens: TokenSource, vendor: Vendor, clock: ManualClock
) -> None:
    first, second = (asyncio.create_task(tokens.authorize(vendor.send)) for _ in range(2))
    await clock.advance(0.5)
    first.cancel()
    await clock.advance(10)
    assert first.cancelled()
    assert (await second).status == 200
    assert vendor.requests == ["Bearer token-2"]


@pytest.mark.parametrize("value", ["", " ", "two words", "line\r\nX-Injected: 1", "nul\0", "Zoë", "\ufffd"])
async def test_a_token_with_invalid_characters_is_a_failed_sign_in(clock: ManualClock, value: str) -> None:
    async def sign_in() -> Token:
        return Token(value, None)

    vendor = Vendor(clock)
    errors = await failures(TokenSource(sign_in, clock), vendor, clock, users=2)
    assert [error.reason for error in errors] == [Reason.INVALID] * 2
    assert not vendor.requests


# Refusals other than a 401

INTERVAL = 15.0
ENDED: list[tuple[int, bytes]] = [
    (403, b""),
    (200, b"<!DOCTYPE html><title>Sign in</title>"),
    (200, b"\xef\xbb\xbf\n  <html>"),
]


def response(status: int, body: bytes = b"") -> Response:
    return Response(status, CIMultiDictProxy(CIMultiDict[str]()), body)


class Session(Vendor):
    """Ends sessions with a refusal of another kind, and refuses some requests for ever."""

    def __init__(self, clock: ManualClock, ended: Response | RedirectError) -> None:
        super().__init__(clock, lifetime=None)
        self.seconds = 0.0
        self.ended = ended
        self.forbidden: set[str] = set()

    async def request(self, tokens: TokenSource, name: str = "queues") -> str:
        """Send a request; return `good` or `refused`."""

        async def send(headers: Mapping[str, str]) -> Response:
            self.requests.append(name)
            if headers["Authorization"] == f"Bearer {self.accepted}" and name not in self.forbidden:
                return response(200, b"{}")
            if isinstance(self.ended, RedirectError):
                raise self.ended
            return self.ended

        try:
            answer = await tokens.authorize(send, name)
        except RedirectError:
            return "refused"
        return "refused" if answer.is_refusal else "good"


ELSEWHERE = RedirectError(Reason.HTTP, "redirected to another origin")
every_refusal = pytest.mark.parametrize("ended", [*(response(*each) for each in ENDED), ELSEWHERE])


@every_refusal
async def test_a_refusal_of_any_kind_renews_a_token_older_than_an_interval_once(
    clock: ManualClock, ended: Response | RedirectError
) -> None:
    session = Session(clock, ended)
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL)
    assert await session.request(tokens) == "good"
    await clock.advance(INTERVAL)
    session.accepted = None
    outcomes = await asyncio.gather(*(session.request(tokens) for _ in range(50)))
    assert set(outcomes) == {"good"}
    assert session.sign_ins == 2


@every_refusal
async def test_a_younger_token_is_not_renewed(clock: ManualClock, ended: Response | RedirectError) -> None:
    session = Session(clock, ended)
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL)
    await session.request(tokens)
    session.accepted = None
    await clock.advance(INTERVAL - 0.5)
    assert await session.request(tokens) == "refused"
    assert session.sign_ins == 1
    await clock.advance(0.5)
    assert await session.request(tokens) == "good"
    assert session.sign_ins == 2


async def test_a_401_renews_a_young_token_but_not_twice_within_an_interval(clock: ManualClock) -> None:
    session = Session(clock, response(401))
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL)
    await session.request(tokens)
    session.accepted = None
    assert await session.request(tokens) == "good"
    session.accepted = None
    for _ in range(14):
        await clock.advance(1)
        assert await session.request(tokens) == "refused"
    assert session.sign_ins == 2
    await clock.advance(1)
    assert await session.request(tokens) == "good"
    assert session.sign_ins == 3


async def test_a_401_of_one_request_only_does_not_renew_the_token_at_each_poll(clock: ManualClock) -> None:
    session = Session(clock, response(401))
    session.forbidden = {"trunks"}
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL)
    for _ in range(40):
        assert await session.request(tokens) == "good"
        assert await session.request(tokens, "trunks") == "refused"
        await clock.advance(INTERVAL)
    assert session.sign_ins < 8
    # A session that ended is renewed at once by the other requests.
    before, session.accepted = session.sign_ins, None
    assert await session.request(tokens) == "good"
    assert session.sign_ins == before + 1


@every_refusal
async def test_a_request_that_every_token_is_refused_for_renews_it_less_and_less_often(
    clock: ManualClock, ended: Response | RedirectError
) -> None:
    session = Session(clock, ended)
    session.forbidden.add("trunks")
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL)
    renewed_at: list[float] = []
    for _ in range(4 * 60 * 4):
        before = session.sign_ins
        assert await session.request(tokens, "queues") == "good"
        assert await session.request(tokens, "trunks") == "refused"
        renewed_at += [clock.monotonic()] if session.sign_ins > before else []
        await clock.advance(INTERVAL)
    gaps = [later - earlier for earlier, later in pairwise(renewed_at)]
    assert gaps[:7] == [15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0]
    assert set(gaps[7:]) == {900.0}
    # A session that has really ended is noticed by the requests that were accepted before.
    session.accepted = None
    assert await session.request(tokens, "queues") == "good"
    session.forbidden.clear()
    assert await session.request(tokens, "trunks") == "good"


async def test_a_failed_renewal_after_a_missing_right_does_not_discard_the_token(clock: ManualClock) -> None:
    session = Session(clock, response(403))
    session.forbidden.add("trunks")
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL)
    await session.request(tokens)
    await clock.advance(INTERVAL)
    session.failure = PollError(Reason.CONNECTION, "no route to host")
    with pytest.raises(PollError, match="no route"):
        await session.request(tokens, "trunks")
    assert await session.request(tokens, "queues") == "good"
    assert session.sign_ins == 2


async def test_a_refused_sign_in_is_reported_as_such_to_every_waiting_request(
    tokens: TokenSource, vendor: Vendor, clock: ManualClock
) -> None:
    vendor.failure = PollError(Reason.AUTH, "sign-in returned 401", sign_in=True)
    assert all(error.sign_in for error in await failures(tokens, vendor, clock, users=5))


async def test_a_token_may_be_sent_in_other_headers(clock: ManualClock) -> None:
    sent: list[Mapping[str, str]] = []

    async def send(headers: Mapping[str, str]) -> Response:
        sent.append(headers)
        return response(200)

    vendor = Vendor(clock)
    vendor.seconds = 0.0
    await TokenSource(vendor.sign_in, clock, headers=lambda token: {"Cookie": token}).authorize(send)
    assert sent == [{"Cookie": "token-1"}]


# Renewals counted as those of sessions that the vendor ended


async def test_a_token_that_expires_counts_no_renewal(vendor: Vendor, clock: ManualClock) -> None:
    renewals: list[float] = []
    tokens = TokenSource(vendor.sign_in, clock, pause=INTERVAL, renewed=lambda: renewals.append(clock.monotonic()))
    for _ in range(5):
        await use(tokens, vendor, clock)
        await clock.advance(3600)
    assert (vendor.sign_ins, renewals) == (5, [])


@pytest.mark.parametrize("ended", [response(401), *(response(*each) for each in ENDED), ELSEWHERE])
async def test_a_session_that_the_vendor_ends_counts_one_renewal_for_all_requests(
    clock: ManualClock, ended: Response | RedirectError
) -> None:
    session, renewals = Session(clock, ended), list[float]()
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL, renewed=lambda: renewals.append(clock.monotonic()))
    for _ in range(3):
        await asyncio.gather(*(session.request(tokens) for _ in range(50)))
        await clock.advance(INTERVAL)
        session.accepted = None
    assert len(renewals) == 2


@every_refusal
async def test_a_missing_right_counts_no_renewal(clock: ManualClock, ended: Response | RedirectError) -> None:
    session, renewals = Session(clock, ended), list[float]()
    session.forbidden.add("trunks")
    tokens = TokenSource(session.sign_in, clock, pause=INTERVAL, renewed=lambda: renewals.append(clock.monotonic()))
    for _ in range(60):
        await session.request(tokens, "trunks")
        await clock.advance(INTERVAL)
    assert session.sign_ins > 2
    assert not renewals


async def test_a_renewal_of_a_shared_token_counts_at_the_caller_whose_request_was_refused(
    vendor: Vendor, clock: ManualClock
) -> None:
    shared = TokenSource(None, clock)
    counted: list[str] = []

    async def request(target: str) -> None:
        await shared.authorize(vendor.send, target, sign_in=vendor.sign_in, renewed=lambda: counted.append(target))

    vendor.seconds = 0.0
    await request("first")
    vendor.accepted = "ended"
    await request("second")
    await request("first")
    assert (counted, vendor.sign_ins) == (["second"], 2)
