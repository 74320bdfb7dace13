"""Headers of a response: which are recorded, and what of them."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from exporter.recording.anonymiser import Anonymiser
from exporter.recording.headers import anonymised_headers
from exporter.recording.vocabulary import vocabulary_of
from exporter.vendors.base import load_vendor

DATE = "Fri, 27 Nov 2026 21:15:57 GMT"


@pytest.fixture
def anonymiser() -> Anonymiser:
    return Anonymiser(vocabulary_of(load_vendor("kpn")))


@pytest.mark.parametrize(
    ("name", "value", "recorded"),
    [
        ("Content-Type", "application/json; charset=utf-8; note=ann", "application/json"),
        ("Content-Type", "application/vnd.ann+json", None),
        ("Date", DATE, DATE),
        ("Date", "today", None),
        ("Retry-After", "30", "30"),
        ("Retry-After", DATE, DATE),
        ("Retry-After", "0612345678", None),
        ("quota-limit", "600", "600"),
        ("quota-limit", "ann", None),
        ("X-Request-Id", "12", None),
        ("Server", "ann", None),
    ],
)
def test_a_header_is_kept_or_left_out(name: str, value: str, recorded: str | None, anonymiser: Anonymiser) -> None:
    headers = CIMultiDictProxy(CIMultiDict({name: value}))
    assert anonymised_headers(headers, anonymiser) == ([] if recorded is None else [(name, recorded)])


def test_a_cookie_keeps_its_name_only(anonymiser: Anonymiser) -> None:
    headers = CIMultiDictProxy(CIMultiDict({"Set-Cookie": "token=s3cr3t; Domain=ann.example"}))
    [(_, cookie)] = anonymised_headers(headers, anonymiser)
    assert cookie == f"token={anonymiser.text('s3cr3t')}"


def test_links_and_redirects_lead_to_recorded_urls(anonymiser: Anonymiser) -> None:
    page = "https://ann.example/queues?page=2"
    headers = CIMultiDictProxy(CIMultiDict({"Link": f'<{page}>; rel="next", <x>; title="Ann"', "Location": page}))
    assert anonymised_headers(headers, anonymiser) == [
        ("Link", f'<{anonymiser.url(page)}>; rel="next"'),
        ("Location", anonymiser.url(page)),
    ]
