"""No name, address, number or secret of an answer, a request or the configuration is in the file of a recording."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.errors import Reason
from exporter.recording.exchanges import write
from exporter.recording.recorder import Sent, anonymised
from exporter.recording.vocabulary import vocabulary_of
from exporter.settings import TargetSettings
from exporter.vendors.base import load_vendor
from exporter.vendors.toolkit.http import Response
from tests.support.vendors.ways import WAYS, leaks, target_of, vendor_of

# None of them is a word of any vendor, and no pseudonym contains them: those have other letters or eight digits.
FRAGMENTS = (
    "quillon",
    "zebedee",
    "zyxcorp",
    "vossenstraat",
    "48151623",
    "4815 1623",
    "192.0.2.77",
    "2001:db8",
    "qwzx-",
)
NAME, STREET, TELEPHONE = "Quillon Zebedee", "Vossenstraat 42b", 31648151623
TEXTS = (
    NAME,
    "QUILLON",
    "Zebedee, Quillon",
    "quillon_zebedee",
    "quillon.zebedee@zyxcorp.example",
    "https://quillon.zyxcorp.example:8443/agents/Zebedee?name=Quillon&next=/zyxcorp#quillon",
    "/api/v1/users/quillon/Zebedee?user=quillon",
    "ready_Quillon",
    "busy.quillon",
    "available: Zebedee",
    STREET,
    str(TELEPHONE),
    "+31 6 4815 1623",
    "0648151623",
    "192.0.2.77",
    "2001:db8::77",
    "Bearer qwzx-0123456789abcdef",
    "qwzx-0123456789abcdef",
    "Fri, 27 Nov 2026 21:15:57 Quillon",
    "2026-11-27 Quillon",
)
texts = st.sampled_from(TEXTS)
harmless = st.one_of(st.none(), st.booleans(), st.integers(-9, 99_999), st.sampled_from(("ready", "12", "83.5", "")))


VENDORS = sorted({vendor_of(way) for way in WAYS})
VOCABULARIES = {name: vocabulary_of(load_vendor(name)) for name in VENDORS}
FIGURES = sorted({field for each in VOCABULARIES.values() for field in each.figures})
OTHERS = sorted({field for each in VOCABULARIES.values() for field in each.identities | each.unread})
keys = st.one_of(texts, st.sampled_from((*OTHERS, "customer", "caller_number", "data", "message", "1", "400000042")))
documents = st.recursive(
    st.one_of(texts, harmless, st.just(TELEPHONE), st.just(-TELEPHONE), st.just(float(TELEPHONE))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(st.sampled_from(FIGURES), inner, max_size=3),
    ),
    max_leaves=12,
)


def lines(pairs: list[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in pairs)


def cells(rows: list[list[str]]) -> str:
    return "".join(f"{';'.join(row)}\n" for row in rows)


named = st.sampled_from((*FIGURES, *OTHERS, "Event", "CallerIDName", "Quillon"))
bodies = st.one_of(
    documents.map(json.dumps),
    st.lists(st.tuples(named, texts), max_size=6).map(lines),
    st.lists(st.lists(texts, min_size=2, max_size=4), max_size=4).map(cells),
    texts.map(lambda text: f"<html><title>{text}</title></html>"),
    texts.map(lambda text: f'{{"message": "{text}"'),
    texts,
)
headers = st.lists(
    st.tuples(
        st.sampled_from(
            ("Content-Type", "Date", "Retry-After", "Link", "Location", "Set-Cookie", "quota-limit", "X-Name")
        ),
        st.one_of(
            texts,
            texts.map(lambda text: f'<https://zyxcorp.example/{quote(text)}?page=2>; rel="next"'),
            texts.map(lambda text: f"quillon={quote(text)}; Path=/"),
        ),
    ),
    max_size=5,
)


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """Draw a request and its answer, with something personal wherever there can be any."""
    path, name, value = (quote(draw(texts), safe="") for _ in range(3))
    url = URL(f"https://quillon.zyxcorp.example/agents/{path}?{name}={value}&id={value},{value}", encoded=True)
    fields = CIMultiDictProxy(CIMultiDict(draw(headers)))
    answer = st.builds(Response, st.sampled_from((200, 400, 302)), st.just(fields), bodies.map(str.encode))
    form = draw(st.one_of(st.none(), st.dictionaries(keys, texts, max_size=3)))
    outcome = draw(st.one_of(answer, st.just(Reason.TIMEOUT)))
    return Sent(1_800_000_000.5, "GET", url, form, draw(documents), outcome)


def recorded(target: TargetSettings, sent: list[Sent]) -> str:
    """Return the file of a recording, with its URLs decoded."""
    recording, _ = anonymised(target, VOCABULARIES[target.vendor], 1_800_000_000.0, sent)
    with TemporaryDirectory() as directory:
        return unquote(write(recording, Path(directory)).read_text(encoding="utf-8")).casefold()


def personal_target(way: str) -> TargetSettings:
    """Return a target whose configuration contains names and secrets."""
    more: dict[str, Any] = {
        "name": "quillon-site",
        "proxy_url": "http://zyxcorp.example:3128",
        "status_page_url": "https://status.zyxcorp.example/status.json",
        "select": {"queues": {"include": [NAME, "Zebed*"]}, "groups": {"exclude": [STREET]}},
        "thresholds": [{"queue": "Quillon*", "warning": {"waiting_contacts": 5}}],
        "channels": {"zyxcorp*": "email"},
        "agents": {"detail": "pseudonym", "pseudonym_key": "qwzx-0123456789abcdef"},
    }
    if vendor_of(way) == "apio":
        more |= {"users": ["quillon@zyxcorp.example"], "tenant": "zyxcorp", "group": NAME}
    if vendor_of(way) == "axialys":
        more |= {"numbers": {NAME: [str(TELEPHONE)]}, "received_numbers_path": "/numbers/quillon"}
    return target_of(way, "https://quillon.zyxcorp.example", **more)


@given(way=st.sampled_from(sorted(WAYS)), sent=st.lists(requests(), max_size=3))
# Shrinking a failure would take minutes.
@settings(max_examples=100, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_nothing_personal_survives(way: str, sent: list[Sent]) -> None:
    text = recorded(personal_target(way), sent)
    assert [fragment for fragment in FRAGMENTS if fragment in text] == []
    assert leaks(text) == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_text_of_the_test_is_a_word_of_a_vendor(vendor: str) -> None:
    assert [text for text in TEXTS if VOCABULARIES[vendor].contains(text)] == []
