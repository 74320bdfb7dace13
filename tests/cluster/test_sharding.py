"""Sharding: each target in one shard, minimal movement, and the same assignment on every machine."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from exporter.cli.main import main
from exporter.cluster.sharding import Shard, shard_of
from exporter.errors import UsageError

TARGETS = tuple(SimpleNamespace(name=f"centre-{number:04}") for number in range(1000))
CONFIGURATION = "targets:\n" + "".join(
    f"  - {{name: {name}, vendor: sinch, url: https://{name}.example, username: u, password: secret}}\n"
    for name in ("amsterdam", "berlin", "çeşme", "delft", "essen", "faro")
)


def assignments(total: int) -> dict[str, int]:
    """Return the shard of each target."""
    found = [(target.name, number) for number in range(total) for target in Shard(number, total).own(TARGETS)]
    assert len(found) == len(dict(found)), "no target is in two shards"
    return dict(found)


def configured(total: int, shard: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(shard=shard, total_shards=total)


@pytest.mark.parametrize("total", [1, 2, 3, 4, 7, 16])
def test_every_target_is_in_exactly_one_shard(total: int) -> None:
    assert assignments(total).keys() == {target.name for target in TARGETS}


@pytest.mark.parametrize("total", [2, 4, 8])
def test_shards_are_of_similar_size(total: int) -> None:
    fair = len(TARGETS) / total
    assert all(0.75 * fair < size < 1.25 * fair for size in Counter(assignments(total).values()).values())


@pytest.mark.parametrize("total", [1, 2, 4, 9, 15])
def test_adding_a_shard_moves_only_the_targets_it_receives(total: int) -> None:
    before, after = assignments(total), assignments(total + 1)
    moved = {name for name in before if before[name] != after[name]}
    assert {after[name] for name in moved} == {total}
    assert len(moved) <= len(TARGETS) * (1 / (total + 1) + 0.03)


def test_the_assignment_never_changes_with_a_release() -> None:
    names = ("amsterdam", "berlin", "centre 1", "çeşme", "東京")
    shards = [
        [target.name for target in Shard(n, 7).own(SimpleNamespace(name=name) for name in names)] for n in range(7)
    ]
    assert shards == [["centre 1"], ["amsterdam", "çeşme"], [], [], [], ["berlin", "東京"], []]


@pytest.mark.parametrize(
    ("host", "shard"),
    [("exporter-0", Shard(0, 4)), ("cc-exporter-3", Shard(3, 4)), ("exporter-2.exporter.voice.svc", Shard(2, 4))],
)
def test_the_shard_of_a_statefulset_pod_is_its_ordinal(host: str, shard: Shard) -> None:
    assert shard_of(configured(4), host) == shard


def test_a_configured_shard_overrides_the_host_name() -> None:
    assert shard_of(configured(4, 1), "exporter-3") == Shard(1, 4)


def test_without_sharding_the_host_name_is_ignored() -> None:
    assert shard_of(configured(1), "laptop") == Shard(0, 1)


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("laptop", "host name laptop does not end in an ordinal"),
        ("exporter-5d8c7-x2x9z", "does not end in an ordinal"),
        ("exporter3", "does not end in an ordinal"),
        ("exporter-٣", "does not end in an ordinal"),
        ("exporter-4", r"ordinal 4 of host name exporter-4 is out of range for 4 shards \(0 to 3\)"),
    ],
)
def test_a_host_name_without_a_valid_ordinal_is_an_error(host: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^--shard: missing; .*{message}"):
        shard_of(configured(4), host)


def checked(tmp_path: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, list[str]]:
    """Return the exit code and the output lines of checking a configuration."""
    file = tmp_path / "contactcenter.yml"
    file.write_text(CONFIGURATION)
    code = main(["check", str(file), *flags])
    output = capsys.readouterr()
    return code, (output.out or output.err).splitlines()


def test_a_check_lists_the_targets_of_each_shard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, (first, *shards) = checked(tmp_path, capsys, "--total-shards=3")
    assert (code, first) == (0, f"{tmp_path}/contactcenter.yml: 6 targets, no errors")
    named = [line.partition(" targets")[2].removeprefix(": ").split(", ") for line in shards]
    assert sorted(name for names in named for name in names if name) == [
        "amsterdam",
        "berlin",
        "delft",
        "essen",
        "faro",
        "çeşme",
    ]
    assert checked(tmp_path, capsys, "--total-shards=3", "--shard=1") == (0, [first, shards[1]])


def test_a_check_without_sharding_lists_no_shards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(checked(tmp_path, capsys)[1]) == 1


@pytest.mark.parametrize("flags", [("--shard=3", "--total-shards=3"), ("--shard=1",), ("--total-shards=0",)])
def test_a_nonexistent_shard_is_an_error(
    flags: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, [message] = checked(tmp_path, capsys, *flags)
    assert code == 2
    assert message.startswith(flags[0].partition("=")[0])
