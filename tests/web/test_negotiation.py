"""Content negotiation: the chosen format and encoding; malformed headers are never an error."""

import pytest

from exporter.metrics.pages import Format
from exporter.web.negotiation import accepts_gzip, choose_format

TEXT, OPENMETRICS = Format.TEXT, Format.OPENMETRICS

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_2_PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
    "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)
PROMETHEUS_3_TEXT_ONLY = "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
VICTORIA_METRICS = "text/plain;version=0.0.4;q=1,*/*;q=0.1"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
CHROME = f"{FIREFOX},application/signed-exchange;v=b3;q=0.7"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        # Real clients
        pytest.param(PROMETHEUS_2, OPENMETRICS, id="Prometheus 2"),
        pytest.param(PROMETHEUS_2_PROTOBUF, OPENMETRICS, id="Prometheus 2 with native histograms"),
        pytest.param(PROMETHEUS_3, OPENMETRICS, id="Prometheus 3"),
        pytest.param(PROMETHEUS_3_TEXT_ONLY, TEXT, id="Prometheus 3 configured for text"),
        pytest.param(VICTORIA_METRICS, TEXT, id="VictoriaMetrics"),
        pytest.param(FIREFOX, TEXT, id="Firefox"),
        pytest.param(CHROME, TEXT, id="Chrome"),
        pytest.param("*/*", TEXT, id="curl"),
        # Naming one
        ("text/plain", TEXT),
        ("text/plain;version=0.0.4", TEXT),
        ("text/plain; version=0.0.4; charset=utf-8", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", OPENMETRICS),
        ("APPLICATION/OpenMetrics-Text; VERSION=1.0.0", OPENMETRICS),
        ('application/openmetrics-text;version="1.0.0"', OPENMETRICS),
        (" application/openmetrics-text ; version = 1.0.0 ", OPENMETRICS),
        # Qualities
        ("application/openmetrics-text;q=0.2, text/plain;q=0.8", TEXT),
        ("application/openmetrics-text;q=0.8, text/plain;q=0.2", OPENMETRICS),
        ("text/plain;q=0.801, application/openmetrics-text;q=0.802", OPENMETRICS),
        ("application/openmetrics-text;q=0, text/plain", TEXT),
        ("text/plain;q=0, application/openmetrics-text;q=0.1", OPENMETRICS),
        ("text/plain;q=0.000, */*;q=0.1", OPENMETRICS),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=0, text/plain;q=0", TEXT),
        ("*/*;q=0", TEXT),
        ("application/openmetrics-text;Q=1.000, text/plain;q=0.999", OPENMETRICS),
        # Equal quality: explicit names before wildcards, then the first
        ("text/plain, application/openmetrics-text", TEXT),
        ("application/openmetrics-text, text/plain", OPENMETRICS),
        ("*/*, application/openmetrics-text", OPENMETRICS),
        ("text/*, application/openmetrics-text", OPENMETRICS),
        # Wildcards
        ("text/*", TEXT),
        ("application/*", OPENMETRICS),
        ("application/*;q=0.9, text/plain;q=0.8", OPENMETRICS),
        ("application/*;q=0.8, text/plain;q=0.9", TEXT),
        ("*/*;q=0.9, text/plain;q=0.1", OPENMETRICS),
        ("image/*", TEXT),
        # Unsupported versions
        ("application/openmetrics-text;version=0.0.1", TEXT),
        ("application/openmetrics-text;version=2.0.0, text/plain;q=0.1", TEXT),
        ("application/openmetrics-text;version=2.0.0, application/openmetrics-text;version=1.0.0;q=0.1", OPENMETRICS),
        ("text/plain;version=1.0.0, application/openmetrics-text;version=1.0.0;q=0.5", OPENMETRICS),
        # Malformed
        ("", TEXT),
        (",", TEXT),
        (";;;", TEXT),
        (";q=1", TEXT),
        ("=;=;q=", TEXT),
        ("application/openmetrics-text;version=1.0.abc", TEXT),
        ("application/openmetrics-text;version=", TEXT),
        ("application/openmetrics-text;version", OPENMETRICS),
        ("application/openmetrics-text;q=abc", TEXT),
        ("application/openmetrics-text;q=abc, application/openmetrics-text;q=0.5", OPENMETRICS),
        ("application/openmetrics-text;q=", TEXT),
        ("application/openmetrics-text;q=2", TEXT),
        ("application/openmetrics-text;q=-1", TEXT),
        ("application/openmetrics-text;q=1e0", TEXT),
        ("application/openmetrics-text;q=nan", TEXT),
        ("application/openmetrics-text;q=inf", TEXT),
        ("application/openmetrics-text;q=0.12345", TEXT),
        ("application/openmetrics-text;q=0.\u0661", TEXT),
        ("application", TEXT),
        ("/", TEXT),
        ("***", TEXT),
        ("*/openmetrics-text", TEXT),
        ("téxt/plàin, \udcff\udcfe, 電話", TEXT),
        ("\x00", TEXT),
        (";" * 100_000, TEXT),
        ("," * 100_000 + "application/openmetrics-text", TEXT),
        ("a/b," * 100_000, TEXT),
        ("x" * 1_000_000, TEXT),
        ("application/openmetrics-text;" + "a=b;" * 10_000, OPENMETRICS),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_accept(accept: str, form: Format) -> None:
    assert choose_format([accept]) is form


def test_a_missing_accept_header_means_text() -> None:
    assert choose_format([]) is TEXT


def test_several_accept_headers_are_combined() -> None:
    assert choose_format(["text/plain;q=0.5", "application/openmetrics-text"]) is OPENMETRICS
    assert choose_format(["text/plain", "application/openmetrics-text;q=0.5"]) is TEXT
    assert choose_format(["a/b"] * 10_000) is TEXT


@pytest.mark.parametrize(
    ("accept_encoding", "compressed"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("gzip;q=0.001", True),
        ("*", True),
        ("*;q=0.1", True),
        ("br, *;q=0.1", True),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("", False),
        ("identity", False),
        ("deflate, br", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=abc", False),
        ("gzipped", False),
        (";;;", False),
        (",,,", False),
        ("gzip" * 100_000, False),
        ("\udcff", False),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_accept_encoding(accept_encoding: str, *, compressed: bool) -> None:
    assert accepts_gzip([accept_encoding]) is compressed


def test_a_missing_accept_encoding_header_means_no_compression() -> None:
    assert not accepts_gzip([])
