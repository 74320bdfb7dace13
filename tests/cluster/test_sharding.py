"""Targets shared out among replicas: each to one, few of them moved, and the same on every machine."""

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


def homes(total: int) -> dict[str, int]:
    """Return the shard of each target."""
    found = [(target.name, number) for number in range(total) for target in Shard(number, total).own(TARGETS)]
    assert len(found) == len(dict(found)), "no target is in two shards"
    return dict(found)


def wanted(total: int, shard: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(shard=shard, total_shards=total)


@pytest.mark.parametrize("total", [1, 2, 3, 4, 7, 16])
def test_every_target_is_in_exactly_one_shard(total: int) -> None:
    assert homes(total).keys() == {target.name for target in TARGETS}


@pytest.mark.parametrize("total", [2, 4, 8])
def test_shards_are_of_about_one_size(total: int) -> None:
    fair = len(TARGETS) / total
    assert all(0.75 * fair < size < 1.25 * fair for size in Counter(homes(total).values()).values())


@pytest.mark.parametrize("total", [1, 2, 4, 9, 15])
def test_one_shard_more_moves_only_what_it_gets_itself(total: int) -> None:
    before, after = homes(total), homes(total + 1)
    moved = {name for name in before if before[name] != after[name]}
    assert {after[name] for name in moved} == {total}
    assert len(moved) <= len(TARGETS) * (1 / (total + 1) + 0.03)


def test_where_a_target_goes_never_changes_with_a_release() -> None:
    names = ("amsterdam", "berlin", "centre 1", "çeşme", "東京")
    shards = [
        [target.name for target in Shard(n, 7).own(SimpleNamespace(name=name) for name in names)] for n in range(7)
    ]
    assert shards == [["centre 1"], ["amsterdam", "çeşme"], [], [], [], ["berlin", "東京"], []]


@pytest.mark.parametrize(
    ("host", "shard"),
    [("exporter-0", Shard(0, 4)), ("cc-exporter-3", Shard(3, 4)), ("exporter-2.exporter.voice.svc", Shard(2, 4))],
)
def test_a_pod_of_a_statefulset_knows_its_shard_by_its_name(host: str, shard: Shard) -> None:
    assert shard_of(wanted(4), host) == shard


def test_a_shard_that_is_given_counts_before_the_host_name() -> None:
    assert shard_of(wanted(4, 1), "exporter-3") == Shard(1, 4)


def test_without_shards_no_host_name_matters() -> None:
    assert shard_of(wanted(1), "laptop") == Shard(0, 1)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("laptop", "the host name laptop does not end in a number"),
        ("exporter-5d8c7-x2x9z", "does not end in a number"),
        ("exporter3", "does not end in a number"),
        ("exporter-٣", "does not end in a number"),
        ("exporter-4", "the host name exporter-4 tells 4, but of 4 shards the last is 3"),
    ],
)
def test_a_host_name_without_a_shard_is_told(host: str, told: str) -> None:
    with pytest.raises(UsageError, match=f"^--shard: missing; .*{told}"):
        shard_of(wanted(4), host)


def checked(tmp_path: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, list[str]]:
    """Return how a check of a configuration ends, and its lines."""
    file = tmp_path / "contactcenter.yml"
    file.write_text(CONFIGURATION)
    code = main(["check", str(file), *flags])
    output = capsys.readouterr()
    return code, (output.out or output.err).splitlines()


def test_a_check_says_which_targets_each_shard_gets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_a_check_without_shards_speaks_of_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(checked(tmp_path, capsys)[1]) == 1


@pytest.mark.parametrize("flags", [("--shard=3", "--total-shards=3"), ("--shard=1",), ("--total-shards=0",)])
def test_a_shard_that_there_is_not_is_a_mistake(
    flags: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, [told] = checked(tmp_path, capsys, *flags)
    assert code == 2
    assert told.startswith(flags[0].partition("=")[0])
