import pytest

from exporter.metrics.agent_identity import exported_id, exported_name
from exporter.metrics.mapping import Detail, entities
from exporter.model import Agent, Snapshot


@pytest.mark.parametrize("own", ["40017", "kim", "k.jansen", "12345678", "a1b2c3d4-0000-1234-5678-123456789012", ""])
def test_an_ordinary_id_is_exported_unchanged(own: str) -> None:
    assert exported_id(own) == own


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ("kim@a.example", "kim"),
        ("40017@sip.example", "40017"),
        ("+3225126778@sip.example", ""),
        ("+3225126778", ""),
        ("33145420000", ""),
        ("+31 20 123 45 67", ""),
        ("@a.example", ""),
    ],
)
def test_an_address_keeps_its_local_part_and_a_number_nothing(own: str, kept: str) -> None:
    assert exported_id(own).partition("…")[0] == kept
    assert "@" not in exported_id(own)


def test_shortened_ids_stay_distinct() -> None:
    own = ["kim@a.example", "kim@b.example", "kim", "+3225126778", "+3225126778@a.example", "3225126778", "\ud800@a"]
    assert len(set(map(exported_id, own))) == len(own)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna de Wit", "Anna de Wit"),
        ("Agent 40017", "Agent 40017"),
        ("anna@a.example", ""),
        ("+32 2 512 67 78", ""),
        ("Anna <anna@a.example>", "Anna <…>"),
        ("Anna 0201234567", "Anna …"),
        ("Anna tel.0201234567", "Anna tel.…"),
        ("Anna-0201234567", "Anna-…"),
        ("Anna 0201234567x12", "Anna …x12"),
        ("Anna 0201234567 / 0612345678", "Anna … / …"),
        ("Anna 020\N{NO-BREAK SPACE}123\N{NO-BREAK SPACE}4567", "Anna …"),
        ("Anna 020\N{EN DASH}1234567", "Anna …"),
        ("Queue 2B8ED95B0EC911E79675005056A75D9", "Queue 2B8ED95B0EC911E79675005056A75D9"),
        ("", ""),
    ],
)
def test_a_name_contains_no_address_and_no_number(name: str, shown: str) -> None:
    assert exported_name(name) == shown


@pytest.mark.parametrize("detail", ["pseudonym", "id", "name"])
def test_no_mode_exports_an_address_or_a_number(detail: str) -> None:
    agents = (Agent(id="anna@a.example", name="anna@a.example"), Agent(id="+3225126778", name="+3225126778"))
    made = entities("a", Snapshot(agents=agents), Detail(agents=detail, pseudonym_key=b"key"))  # type: ignore[arg-type]
    labels = [value for entity in made for _, value in entity.labels]
    assert not [value for value in labels if "@" in value or "3225126778" in value]
