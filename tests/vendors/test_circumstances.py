"""Slow, limited and half broken vendors: what is exported is complete or absent, and requests stay within the limits.

`docs/development/rounds.md` contains the figures; `GOLDEN=write` rewrites them.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pytest

from exporter.vendors.kpn import KpnSettings
from tests.support.exposition import require_golden
from tests.support.paths import ROOT
from tests.support.vendors.apio import profile
from tests.support.vendors.apio import settings as apio
from tests.support.vendors.axialys import settings as axialys
from tests.support.vendors.circumstances import MINUTES, Answer, Figures, figures
from tests.support.vendors.polls import CANARY

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "development" / "rounds.md"
LOGIN = Answer({"access_token": CANARY, "expires_in": "3599"})
MINUTE = 60.0


class Before(NamedTuple):
    """What was exported before there were rounds, in words; "" if that was not measured."""

    shown: str = ""
    requests: str = ""
    up: str = ""
    interval: str = ""


class Circumstance(NamedTuple):
    """A circumstance and its figures.

    Attributes:
        title: What the vendor does.
        before: The figures before there were rounds.
        shown: What is shown, with a place for its number.
        run: Returns the figures.
    """

    title: str
    before: Before
    shown: str
    run: Callable[[pytest.MonkeyPatch], Figures]


def agents_of_apio(count: int, answer: Callable[[str, float], Answer], monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Poll agents of APIO; their profiles are answered by a function of the user and the time."""

    def vendor(path: str, now: float) -> Answer:
        if path.endswith("/login"):
            return LOGIN
        return answer(path.partition("/users/")[2].partition("/")[0], now)

    target = apio(url="http://apio.test", users=[str(number) for number in range(count)])
    return figures([target], vendor, family="agents", resource="agents", monkeypatch=monkeypatch)


def slow_apio(monkeypatch: pytest.MonkeyPatch) -> Figures:
    return agents_of_apio(500, lambda _user, _now: Answer(profile(), seconds=0.24), monkeypatch)


def one_unavailable_user(monkeypatch: pytest.MonkeyPatch) -> Figures:
    unavailable = Answer({"details": "busy"}, 503, {"Retry-After": "30"})
    return agents_of_apio(40, lambda user, _now: unavailable if user == "7" else Answer(profile()), monkeypatch)


def limited_apio(monkeypatch: pytest.MonkeyPatch) -> Figures:
    used: Counter[int] = Counter()

    def answer(_user: str, now: float) -> Answer:
        window = int(now // 10)
        used[window] += 1
        if used[window] > 250:
            return Answer(None, 429, {"Retry-After": str(math.ceil(10 * (window + 1) - now))})
        return Answer(profile())

    return agents_of_apio(500, answer, monkeypatch)


def groups_of_axialys(count: int, stats: Callable[[str], Answer], monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Poll the supervision of groups at Axialys; it is answered by a function of the group."""

    def vendor(path: str, _now: float) -> Answer:
        if path == "/vm/groups":
            return Answer([{"id": number, "name": f"Group {number}"} for number in range(count)])
        if path == "/vm/operators_init":
            return Answer([{"id": 1, "etat": "available", "groups": [0]}])
        return stats(path.rpartition("/")[2])

    target = axialys(url="http://axialys.test")
    return figures([target], vendor, family="queue_waiting_contacts", resource="group_stats", monkeypatch=monkeypatch)


def slow_groups(monkeypatch: pytest.MonkeyPatch) -> Figures:
    return groups_of_axialys(150, lambda _group: Answer({"nbr_attente": 1}, seconds=0.12), monkeypatch)


def one_hanging_group(monkeypatch: pytest.MonkeyPatch) -> Figures:
    hanging = Answer(seconds=math.inf)
    return groups_of_axialys(2, lambda group: hanging if group == "1" else Answer({"nbr_attente": 1}), monkeypatch)


def one_account(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Poll three targets of one account at Axialys, which allows a request in 30 seconds."""

    def vendor(path: str, _now: float) -> Answer:
        rows = {"/vm/operators_init": [{"id": number, "etat": "available"} for number in range(20)]}
        return Answer(rows.get(path, []))

    targets = [axialys(name=name, url="http://axialys.test") for name in ("lille", "lyon", "paris")]
    return figures(targets, vendor, family="agents", resource="operators", monkeypatch=monkeypatch)


def used_quota(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Poll three targets of one application at KPN, which need 36 requests a minute and may send 30."""
    used: Counter[int] = Counter()
    ids = {"queues": "Number", "agents": "Logid", "trunks": "Number"}

    def vendor(path: str, now: float) -> Answer:
        if path == "/token":
            return LOGIN
        window = int(now // MINUTE)
        used[window] += 1
        quota = {
            "quota-limit": "30",
            "quota-used": str(used[window]),
            "quota-reset-UTC": str(int((window + 1) * MINUTE * 1000)),
        }
        name = path.rpartition("/")[2]
        rows = [{ids[name]: str(number), "Name": "Sales", "Status": "ACD"} for number in range(20)]
        return Answer({"Error": None, "DataSet": {name: rows}}, 429 if used[window] > 30 else 200, quota)

    application = {"token_url": "http://kpn.test/token", "client_id": "exporter", "client_secret": CANARY}
    targets = [
        KpnSettings.model_validate({"name": name, "vendor": "kpn", "url": f"http://kpn.test/{name}", **application})
        for name in ("amsterdam", "breda", "delft")
    ]
    return figures(targets, vendor, family="agents", resource="agents", monkeypatch=monkeypatch)


CIRCUMSTANCES = {
    "slow_apio": Circumstance(
        "APIO: 500 agents, 240 ms an answer", Before("464 of 500 agents", up="1"), "{:.0f} of 500 agents", slow_apio
    ),
    "one_unavailable_user": Circumstance(
        "APIO: 503 with `Retry-After` for one of 40 users",
        Before("0 of 40 agents"),
        "{:.0f} of 40 agents",
        one_unavailable_user,
    ),
    "limited_apio": Circumstance(
        "APIO: 500 agents, 250 requests in 10 s", Before("0 of 500 agents"), "{:.0f} of 500 agents", limited_apio
    ),
    "slow_groups": Circumstance(
        "Axialys: 150 groups, 120 ms an answer",
        Before("0 of 150 queues, after 874 requests"),
        "{:.0f} of 150 queues",
        slow_groups,
    ),
    "one_hanging_group": Circumstance(
        "Axialys: one of two groups never answers", Before("0 of 2 queues"), "{:.0f} of 2 queues", one_hanging_group
    ),
    "one_account": Circumstance(
        "Axialys: three targets of one account, 20 agents",
        Before("20 of 20 agents, half of the time"),
        "{:.0f} of 20 agents",
        one_account,
    ),
    "used_quota": Circumstance(
        "KPN: three targets, 30 of 36 requests a minute", Before(), "{:.0f} of 20 agents", used_quota
    ),
}


@pytest.fixture(scope="module")
def results() -> Iterator[Mapping[str, Figures]]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield {name: circumstance.run(monkeypatch) for name, circumstance in CIRCUMSTANCES.items()}


def test_a_count_is_complete_or_absent(results: Mapping[str, Figures]) -> None:
    """From the start on: the first round of a slow vendor takes longer than an interval."""
    for name, count in {"slow_apio": 500, "one_unavailable_user": 40, "limited_apio": 500, "one_account": 20}.items():
        assert set[float]().union(*results[name].seen.values()) == {count}, name


def test_every_circumstance_shows_what_the_vendor_answers(results: Mapping[str, Figures]) -> None:
    assert {name: set(each.shown.values()) for name, each in results.items()} == {
        "slow_apio": {500},
        "one_unavailable_user": {40},  # one of them in the state `unknown`
        "limited_apio": {500},
        "slow_groups": {150},
        "one_hanging_group": {1},
        "one_account": {20},
        "used_quota": {20},
    }
    assert {name: each.items for name, each in results.items() if each.items is not None} == {
        "slow_apio": 500,
        "one_unavailable_user": 39,
        "limited_apio": 500,
        "slow_groups": 150,
        "one_hanging_group": 1,
    }


def test_no_poll_fails(results: Mapping[str, Figures]) -> None:
    assert {name: each.up for name, each in results.items()} == dict.fromkeys(results, 1)


def test_limits_are_kept(results: Mapping[str, Figures]) -> None:
    """As many requests as are under way when the limit is reached may be refused, and none afterwards."""
    windows = 6 * MINUTES
    assert results["limited_apio"].refused <= 8 * windows
    assert results["used_quota"].refused == 0
    assert results["used_quota"].requests <= 30 * (1 + 1 / MINUTES)
    assert results["one_account"].requests <= 2.5


def test_the_page_contains_these_figures(results: Mapping[str, Figures]) -> None:
    lines = PAGE.read_text().splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rest = [line for line in lines[start:] if not line.startswith("|")]
    require_golden(PAGE, "".join([*lines[:start], *table(results), *rest]))


def table(results: Mapping[str, Figures]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| circumstance | | shown | requests a minute | `up` | effective interval |\n"
    yield "| --- | --- | --- | --- | --- | --- |\n"
    for name, (title, before, of, _) in CIRCUMSTANCES.items():
        each = results[name]
        after = (of.format(min(each.shown.values())), f"{float(f'{each.requests:.2g}'):.0f}", each.up)
        yield f"| {title} | before | {' | '.join(before)} |\n"
        yield f"| | after | {' | '.join(map(str, after))} | {each.interval:.0f} s |\n"
