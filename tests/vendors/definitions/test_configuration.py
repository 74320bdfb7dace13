"""Definitions that a configuration names: targets use them like installed vendors, and a reload reads them again."""

from pathlib import Path

import pytest
from aiohttp import web

from exporter.errors import ConfigError
from exporter.settings import load_file
from exporter.vendors.base import vendor_of
from tests.support.clock import ManualClock
from tests.support.definitions import text_of
from tests.support.programs import EXPORTER, running
from tests.support.vendors.polls import asking, serving

ACME = """
settings: {user: text, key: {type: secret, description: A key.}}
resources: {queues: {get: /queues, queue: {id: id, waiting_contacts: waiting}}}
"""
CONFIG = """\
vendor_definitions: ["vendors/*.yml"]
targets:
  - {name: here, vendor: acme, url: "http://127.0.0.1:1", user: u, key_file: key}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "vendors").mkdir()
    (tmp_path / "vendors" / "acme.yml").write_text(text_of(ACME))
    (tmp_path / "key").write_text("a-secret-key\n")
    file = tmp_path / "contactcenter.yml"
    file.write_text(CONFIG)
    return file


def write(file: Path, text: str) -> None:
    file.write_text(text)


def problems(config: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    config.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_file(config, environ or {})
    return [str(problem).replace(f"{config.parent}/", "") for problem in caught.value.problems]


def test_a_target_has_the_keys_of_its_definition(config: Path) -> None:
    [target] = load_file(config, {"CONTACTCENTER_TARGETS__HERE__USER": "other"}).targets
    assert target.model_dump()["user"] == "other"
    assert target.model_dump()["key"].get_secret_value() == "a-secret-key"
    assert vendor_of(target).name == "acme"
    assert vendor_of(target).resources == ("queues",)


def test_the_same_file_gives_equal_targets_and_a_changed_one_does_not(config: Path) -> None:
    first, again = load_file(config, {}).targets, load_file(config, {}).targets
    assert first == again
    definition = config.parent / "vendors" / "acme.yml"
    definition.write_text(definition.read_text().replace("waiting_contacts: waiting", "waiting_contacts: queued"))
    assert load_file(config, {}).targets != first


def test_mistakes_of_the_definition_and_of_the_target_are_reported_together(config: Path) -> None:
    (config.parent / "vendors" / "broken.yml").write_text(text_of(ACME).replace("waiting_contacts", "wating_contacts"))
    message = "the model has no field wating_contacts of a queue; did you mean waiting_contacts?"
    assert problems(config, CONFIG.replace("user: u", "usr: u")) == [
        f"vendors/broken.yml:6: resources.queues.queue.wating_contacts: {message}",
        "contactcenter.yml:3: targets[0].usr: unknown key; did you mean user?",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('"vendors/*.yml"', '"none/*.yml"'), "contactcenter.yml:1: vendor_definitions[0]: matches no file"),
        (('"vendors/*.yml"', '"none.yml"'), "none.yml: cannot be read: No such file or directory"),
        (('["vendors/*.yml"]', "vendors"), "contactcenter.yml:1: vendor_definitions: expected a list of file names"),
        (
            ("vendor: acme", "vendor: acmee"),
            "targets[0].vendor: unknown vendor; did you mean acme?",
        ),
        (("vendor: acme", "vendor: acme, resources: {exclude: [queue]}"), "acme has no resource queue; did you mean"),
        (("vendor: acme", "vendor: acme, select: {trunks: {include: [a]}}"), "the acme API does not provide trunks"),
    ],
)
def test_a_mistake_is_reported(config: Path, change: tuple[str, str], problem: str) -> None:
    assert any(problem in each for each in problems(config, CONFIG.replace(*change)))


def test_a_name_is_used_once(config: Path) -> None:
    folder = config.parent / "vendors"
    (folder / "again.yml").write_text(text_of(ACME))
    (folder / "kpn.yml").write_text(text_of(ACME).replace("vendor: acme", "vendor: kpn"))
    found = problems(config, CONFIG)
    assert [each.rpartition("/")[2] for each in found] == [
        "again.yml: the vendor acme is defined by another file already",
        "kpn.yml: the vendor kpn is installed already; choose another name",
    ]


async def test_a_running_exporter_reads_a_changed_definition(config: Path) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response([{"id": 1, "waiting": 3, "queued": 4}])

    async with serving(answer) as server:
        write(config, CONFIG.replace("http://127.0.0.1:1", str(server.make_url("")).rstrip("/")))
        flags = (f"--config.file={config}", "--web.listen-address=127.0.0.1:0", "--config.auto-reload-interval=100ms")
        async with running([*EXPORTER, *flags], r"msg=listening .*\bport=(\d+)") as program:
            definition = config.parent / "vendors" / "acme.yml"
            text = definition.read_text()
            write(definition, text.replace("waiting_contacts: waiting", "waiting_contacts: {fild: queued}"))
            await program.wait_for("expected a path or a mapping")
            write(definition, text.replace("waiting_contacts: waiting", "waiting_contacts: queued"))
            await program.wait_for('msg="configuration reloaded" targets=1')


async def test_a_target_is_polled_over_http(config: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.path == "/api/queues"
        return web.json_response([{"id": "1", "waiting": 3}])

    async with serving(answer) as server:
        write(config, CONFIG.replace("http://127.0.0.1:1", str(server.make_url("/api"))))
        [target] = load_file(config, {}).targets
        async with asking() as http:
            client = vendor_of(target).connect(target, http, ManualClock())
            snapshot = await client.resources[0].fetch()
            await client.close()
    assert snapshot is not None
    assert [(queue.id, queue.waiting_contacts) for queue in snapshot.queues] == [("1", 3)]
