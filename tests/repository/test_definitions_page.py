"""docs/definitions.md lists exactly the keys that a definition may have."""

import re
from typing import get_args

import pytest
from pydantic import BaseModel

from exporter.vendors.definitions import example, forms, language, request_keys, sign_in
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "definitions.md").read_text()
SECTIONS: dict[str, type[BaseModel]] = {
    "Top level": language.Definition,
    "documentation": language.Documentation,
    "settings": language.Setting,
    "limits": language.Limits,
    "limits.quota": language.Quota,
    "day": language.Day,
    "meanings": language.Meanings,
    "unused": language.UnusedFields,
    "login": sign_in.Login,
    "login.basic": sign_in.Basic,
    "login.header": sign_in.Header,
    "login.oauth": sign_in.OAuth,
    "login.session": sign_in.Session,
    "login.session.logout": sign_in.Logout,
    "paging": request_keys.Paging,
    "for_each": request_keys.ForEach,
    "only": request_keys.Only,
    "pivots": request_keys.Pivot,
    "examples": example.Example,
    "examples.answers": example.RecordedAnswer,
}


def keys_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def tables(title: str) -> list[list[str]]:
    """Return the first column of each table of a section, without its head."""
    section = re.split(r"^#+ ", PAGE.partition(f"# {title}\n")[2], flags=re.MULTILINE)[0]
    found = re.findall(r"(?:^\|.*\n)+", section, flags=re.MULTILINE)
    return [
        [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
        for table in found
    ]


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_lists_the_keys_of_its_model(title: str) -> None:
    assert tables(title) == [keys_of(SECTIONS[title])]


def test_the_keys_of_requests_lists_and_resources_are_listed() -> None:
    common = keys_of(request_keys.Request)
    models = (request_keys.ListRequest, request_keys.ResourceRequest)
    own = [[key for key in keys_of(model) if key not in common] for model in models]
    assert tables("Requests") == [common, *own]


def test_forms_and_readers_are_listed() -> None:
    listed, common, readers = tables("Fields")
    assert sorted(listed) == sorted([*forms.FORMS, forms.ROWS])
    assert common == keys_of(forms.Form)
    assert readers == list(get_args(forms.ReaderName))
    own = {key for form in forms.FORMS.values() for key in keys_of(form)} - {*common, *forms.FORMS}
    text = PAGE.partition("## Fields\n")[2]
    assert not [key for key in own if f"`{key}`" not in text and f"`{key}:" not in text]
