"""Content negotiation: any Accept header selects one of the two formats, and never a refused one."""

from hypothesis import strategies as st

from exporter.metrics.pages import Format
from exporter.web.negotiation import accepts_gzip, choose_format
from tests.fuzz.profiles import cases

_TYPES = (
    "text/plain",
    "application/openmetrics-text",
    "*/*",
    "text/*",
    "application/*",
    "text/html",
    "",
    "text/plain/",
)
_PARAMETERS = ("version=0.0.4", "version=1.0.0", "charset=utf-8", "escaping=allow-utf-8", 'a="b', "=", "q", "version=")
_QUALITIES = ("q=0", "q=1", "q=0.5", "q=0.001", "q=1.001", "q=-1", "q=nan", "q=", "Q = 0.3 ", "q=0.٣")
_element = st.lists(st.sampled_from(_PARAMETERS + _QUALITIES), max_size=3).flatmap(
    lambda rest: st.sampled_from(_TYPES).map(lambda kind: ";".join((kind, *rest)))
)
_rough = st.text(st.sampled_from('aq=;,/*" .01\t\x00é'), max_size=40)
headers = st.lists(st.lists(_element, max_size=4).map(",".join) | _rough, max_size=3)
_CODINGS = ("gzip", "x-gzip", "br", "identity", "*", "deflate", "")
codings = st.lists(
    st.tuples(st.sampled_from(_CODINGS), st.sampled_from(("", *_QUALITIES))).map(";".join) | _rough, max_size=4
)


@cases(80, 12_000, accept=headers)
def test_every_client_gets_a_format(accept: list[str]) -> None:
    form = choose_format(accept)
    assert choose_format([",".join(accept)]) is form, "several headers are one list"
    assert choose_format([each.upper() for each in accept]) is form
    if not any("openmetrics" in each or "*" in each for each in accept):
        assert form is Format.TEXT


@cases(40, 4_000, accept=headers, quality=st.integers(1, 1000))
def test_only_accepted_format_is_chosen(accept: list[str], quality: int) -> None:
    wish = f"application/openmetrics-text;version=1.0.0;q={quality / 1000}"
    strangers = [each for each in accept if not any(word in each for word in ("plain", "openmetrics", "*", "text"))]
    assert choose_format([*strangers, "", wish][-60:]) is Format.OPENMETRICS


@cases(40, 4_000, accept=codings)
def test_gzip_requires_acceptance(accept: list[str]) -> None:
    if accepts_gzip(accept):
        assert any("gzip" in each or "*" in each for each in accept)
    assert not accepts_gzip([*accept, "gzip;q=0", "x-gzip;q=0"])
