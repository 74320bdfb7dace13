"""Any definition is valid or reported, any response fails a poll at most, and no request leaves the named origins."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st
from pydantic import ValidationError
from yarl import URL

from exporter.cli.definitions import Result, run_example, target_values
from exporter.errors import ConfigError
from exporter.metrics.pages import Format
from exporter.vendors.base import Vendor
from exporter.vendors.definitions.example import Example
from exporter.vendors.definitions.paths import Path, parse_path
from exporter.vendors.definitions.reading import parse
from exporter.vendors.definitions.substitution import parse_text
from exporter.vendors.definitions.vendor import vendor_of
from tests.fuzz.profiles import cases
from tests.fuzz.strategies import PASSWORD, Change, Rough, changed, changes, labels, roughly
from tests.support.exposition import read
from tests.support.paths import ROOT

FILE = ROOT / "tests" / "vendors" / "definitions" / "acme.yml"
ORIGIN = URL("https://api.acme.example")
# The start of the target's password, which a vendor repeats in its responses; other secrets are not the target's.
SECRET = PASSWORD[:4]
# More requests than the example needs, but few: the pages of a response have an end.
MOST_REQUESTS = 500
PUNCTUATION = st.sampled_from([*'.[]"{}:+-@*', "now", "today", "id", "a", "-1h", "date"])


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@cache
def document() -> bytes:
    """Return the definition of a product that does not exist as JSON, which is YAML too."""
    return json.dumps(yaml.load(FILE.read_text(), yaml.BaseLoader)).encode()  # noqa: S506 - texts only


@cache
def acme() -> Vendor:
    return vendor_of(parse(FILE.read_text(), "acme.yml"))


@cache
def answers() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["examples"][0]["answers"]
    return found


def example(listed: list[dict[str, Any]]) -> Example:
    settings = {"username": "u", "password": PASSWORD, "workspace": "W"}
    values = {"name": "fuzz", "time": "2026-11-27T10:00:00Z", "settings": settings, "answers": listed}
    return Example.model_validate(values)


def require_safe(result: Result, *origins: URL) -> None:
    """Require that every request went to one of the origins, and that nothing contains a secret."""
    assert {request.url.origin() for request in result.requests} <= set(origins)
    assert len(result.requests) < MOST_REQUESTS
    assert SECRET not in str(result.failures)
    series = "".join(f"{line}\n" for line in result.lines)
    assert SECRET not in series
    assert read(series, Format.TEXT)


@cases(60, 10_000, some=changes, rough=roughly)
def test_any_definition_is_valid_or_reported(some: list[Change], rough: Rough) -> None:
    text = changed(document(), some, rough).decode("utf-8", "replace")
    try:
        vendor_of(parse(text, "acme.yml"))
    except ConfigError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(str(problem).startswith("acme.yml") for problem in problems)


@cases(25, 4_000, some=changes)
def test_a_changed_definition_is_polled_safely(runner: asyncio.Runner, some: list[Change]) -> None:
    text = changed(document(), some, None).decode("utf-8", "replace")
    try:
        vendor = vendor_of(parse(text, "acme.yml"))
        target = vendor.settings.model_validate(target_values(vendor, example(answers())))
    except (ConfigError, ValidationError):
        return
    result = runner.run(run_example(vendor, example(answers()), target))
    require_safe(result, URL(target.url).origin())
    assert not any(SECRET in str(request.url) for request in result.requests)


one_answer = st.tuples(st.integers(0, 50), changes, roughly)


@cases(40, 9_000, chosen=st.lists(one_answer, min_size=1, max_size=3), status=st.sampled_from((200,) * 9 + (302, 500)))
def test_any_response_fails_a_poll_at_most(
    runner: asyncio.Runner, chosen: list[tuple[int, list[Change], Rough]], status: int
) -> None:
    listed = [dict(answer) for answer in answers()]
    for index, some, rough in chosen:
        answer = listed[index % len(listed)]
        body = json.dumps(answers()[index % len(listed)]["body"]).encode()
        answer["body"] = changed(body, some, rough).decode("utf-8", "replace")
        answer["status"] = status
    target = acme().settings.model_validate(target_values(acme(), example([])))
    result = runner.run(run_example(acme(), example(listed), target))
    require_safe(result, ORIGIN)


@cases(200, 20_000, text=st.lists(PUNCTUATION | labels, min_size=1, max_size=8).map("".join))
def test_any_path_or_substitution_is_valid_or_reported(text: str) -> None:
    for parse_one in (parse_path, parse_text):
        with suppress(ValueError):
            assert isinstance(parse_one(text), Path | tuple)
