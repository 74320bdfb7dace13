"""The commands `record` and `check --replay`, from the command line to their output."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from exporter.cli.main import main
from exporter.errors import PollError, Reason
from exporter.model import Queue, Snapshot
from tests.support.fake_vendor import Fetch, answering, install

ADVICE = "Names, ids and other texts are replaced, and secrets are left out. Read the files before you share them."


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Undo the configuration of logging, which would hide log lines from other tests."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "contactcenter.yml"
    file.write_text("targets: [{name: amsterdam, vendor: fake, url: 'http://127.0.0.1:9'}]\n")
    return str(file)


async def broken() -> Snapshot:
    raise KeyError("agent")


async def refused() -> Snapshot:
    raise PollError(Reason.AUTH, "sign-in returned 401 Unauthorized")


@pytest.mark.parametrize(
    ("fetches", "code", "failures"),
    [
        pytest.param({"queues": answering(Queue("1"))}, 0, [], id="everything answers"),
        pytest.param(
            {"queues": answering(Queue("1")), "agents": refused},
            1,
            ["amsterdam: agents failed: auth: sign-in returned 401 Unauthorized"],
            id="a resource fails",
        ),
        pytest.param(
            {"queues": answering(Queue("1")), "agents": broken},
            1,
            ["amsterdam: agents failed: invalid: unexpected KeyError"],
            id="the vendor's module fails",
        ),
    ],
)
def test_record_writes_a_file_for_each_target_and_reports_failures(  # noqa: PLR0913, PLR0917 - an example
    fetches: dict[str, Fetch],
    code: int,
    failures: list[str],
    config: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install(monkeypatch, fetches)
    assert main(["record", config, "--out", str(tmp_path / "out")]) == code
    [file] = (tmp_path / "out").iterdir()
    assert "amsterdam" not in file.name
    assert capsys.readouterr().out.splitlines() == [f"amsterdam: 0 requests in {file}", *failures, ADVICE]


def test_record_does_not_mix_two_recordings(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, {"queues": answering(Queue("1"))})
    assert main(["record", config, "--out", str(tmp_path / "out")]) == 0
    assert main(["record", config, "--out", str(tmp_path / "out")]) == 1
    assert "contains a recording already; choose another directory" in capsys.readouterr().err
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.fixture
def three(tmp_path: Path) -> str:
    file = tmp_path / "three.yml"
    targets = (f"{{name: {name}, vendor: fake, url: 'http://127.0.0.1:9'}}" for name in ("amsterdam", "paris", "oslo"))
    file.write_text(f"targets: [{', '.join(targets)}]\n")
    return str(file)


def test_record_asks_only_the_named_targets(
    three: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = install(monkeypatch, {"queues": answering(Queue("1"))})
    assert main(["record", three, "--target=oslo", "--target", "paris", "--out", str(tmp_path / "out")]) == 0
    assert len(clients) == len(list((tmp_path / "out").iterdir())) == 2
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()[:-1]] == ["paris", "oslo"]


def test_check_connects_only_to_the_named_targets(
    three: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = install(monkeypatch, {"queues": answering(Queue("1"))})
    assert main(["check", three, "--connect", "--target=paris"]) == 0
    assert len(clients) == 1
    assert capsys.readouterr().out.splitlines()[1].startswith("paris ")


@pytest.mark.parametrize("command", [["record", "--out=out"], ["check", "--connect"]])
def test_an_unknown_target_is_a_usage_error(
    command: list[str], three: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = install(monkeypatch, {"queues": answering(Queue("1"))})
    assert main([*command, three, "--target=Pariss", "--target=berlin"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "--target: unknown target Pariss; did you mean paris?",
        "--target: unknown target berlin (known: amsterdam, paris, oslo)",
    ]
    assert clients == []


def test_check_replay_prints_the_metrics_of_a_recording(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, {"queues": answering(Queue("1", "Sales", waiting_contacts=3)), "agents": refused})
    main(["record", config, "--out", str(tmp_path / "out")])
    capsys.readouterr()
    assert main(["check", "--replay", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert any(line.startswith("contactcenter_queue_waiting_contacts{") and line.endswith(" 3") for line in printed)
    assert printed[-1].endswith(": agents: auth: sign-in returned 401 Unauthorized")


def test_check_replay_of_an_empty_directory_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--replay", str(tmp_path)]) == 1
    assert "contains no recording" in capsys.readouterr().err
