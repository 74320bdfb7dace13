"""Valid configurations: merging of file, environment and flags."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from exporter import plugins
from exporter.errors import ConfigError
from exporter.settings import (
    Address,
    Agents,
    FrozenModel,
    Overlay,
    Poll,
    Secret,
    Settings,
    TargetSettings,
    Url,
    load_file,
)

Load = Callable[..., Settings]

TARGET = "{name: amsterdam, vendor: acme, url: 'https://x.example', client_secret: s}"


class Login(FrozenModel):
    """A nested group that contains a secret."""

    password: Secret


class AcmeSettings(TargetSettings):
    """Settings of a vendor, as another package would define them."""

    client_secret: Secret
    api_key: Secret | None = None
    token_url: Url | None = None
    login: Login | None = None
    queues: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def _acme(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("acme_contact_centre")
    module.__dict__["VENDOR"] = SimpleNamespace(name="acme", settings=AcmeSettings)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    entry = EntryPoint("acme", "acme_contact_centre:VENDOR", plugins.GROUP)
    monkeypatch.setattr(plugins, "installed", lambda: {"acme": entry})


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load YAML with the given environment variables and flags."""

    def load(text: str, environ: dict[str, str] | None = None, flags: Overlay | None = None) -> Settings:
        path = tmp_path / "contactcenter.yml"
        path.write_text(text, encoding="utf-8")
        return load_file(path, environ or {}, flags)

    return load


def only(settings: Settings) -> AcmeSettings:
    """Return the only target."""
    (target,) = settings.targets
    assert isinstance(target, AcmeSettings)
    return target


def test_defaults(load: Load) -> None:
    settings = load(f"targets: [{TARGET}]")
    assert settings.web.address == Address(None, 10117)
    assert (settings.log.level, settings.log.format) == ("info", "logfmt")
    assert settings.poll == Poll(interval=15, timeout=10, stale_after=45)
    target = only(settings)
    assert target.poll == settings.poll
    assert target.agents.detail == "aggregate"
    assert target.trunks.detail == "aggregate"
    assert (target.limits.series_per_target, target.limits.body_bytes) == (200_000, 64 * 2**20)
    assert not target.tls_config.insecure_skip_verify


def test_path_of_the_file_is_kept_for_reload(load: Load, tmp_path: Path) -> None:
    assert load(f"targets: [{TARGET}]").config.file == tmp_path / "contactcenter.yml"


@pytest.mark.parametrize(
    ("outer", "own", "effective"),
    [
        ("{}", "{}", (15, 10, 45)),
        ("{interval: 30s}", "{}", (30, 10, 90)),
        ("{interval: 5s}", "{}", (5, 5, 15)),
        ("{interval: 30s, timeout: 20s}", "{interval: 10s}", (10, 10, 30)),
        ("{interval: 30s, timeout: 20s}", "{interval: 25s}", (25, 20, 75)),
        ("{interval: 15s, timeout: 10s, stale_after: 45s}", "{interval: 60s}", (60, 10, 180)),
        ("{interval: 15s, stale_after: 10m}", "{interval: 60s}", (60, 10, 600)),
        ("{interval: 15s, stale_after: 20s}", "{}", (15, 10, 20)),
        ("{interval: 15s, stale_after: 20s}", "{timeout: 3s}", (15, 3, 20)),
        ("{}", "{stale_after: 2m}", (15, 10, 120)),
        ("{}", "{interval: 1m, timeout: 1m, stale_after: 1m}", (60, 60, 60)),
    ],
)
def test_target_overrides_poll_key_by_key(
    load: Load, outer: str, own: str, effective: tuple[float, float, float]
) -> None:
    poll = only(load(f"poll: {outer}\ntargets: [{{poll: {own}, {TARGET[1:]}]")).poll
    assert (poll.interval, poll.timeout, poll.stale_after) == effective


def test_target_accepts_keys_of_poll_directly(load: Load) -> None:
    poll = only(load(f"targets: [{{interval: 5s, poll: {{timeout: 2s}}, {TARGET[1:]}]")).poll
    assert (poll.interval, poll.timeout, poll.stale_after) == (5, 2, 15)


def test_agents_trunks_and_limits_are_inherited_key_by_key(load: Load) -> None:
    settings = load(
        f"""
        agents: {{pseudonym_key: k}}
        limits: {{series_per_target: 1000}}
        targets: [{{agents: {{detail: pseudonym}}, trunks: {{detail: ports}}, limits: {{body_bytes: 1MiB}},
                   {TARGET[1:]}]
        """
    )
    target = only(settings)
    assert target.agents.detail == "pseudonym"
    assert target.agents.pseudonym_key is not None
    assert target.agents.pseudonym_key.get_secret_value() == "k"
    assert target.trunks.detail == "ports"
    assert (target.limits.series_per_target, target.limits.body_bytes) == (1000, 2**20)
    assert settings.agents.detail == "aggregate"


def test_unquoted_scalars_are_accepted_as_strings(load: Load) -> None:
    target = only(load(f"targets: [{{queues: [007, no, 12:30, 1e3], {TARGET[1:]}]".replace("amsterdam", "12")))
    assert target.name == "12"
    assert target.queues == ("007", "no", "12:30", "1e3")


def test_empty_values_are_treated_as_unset(load: Load) -> None:
    target = only(load(f"poll:\nagents: ~\ntargets: [{{tls_config: , api_key: null, {TARGET[1:]}]"))
    assert target.poll.interval == 15
    assert target.api_key is None


def test_trailing_slash_of_urls_is_removed(load: Load) -> None:
    target = only(
        load(f"targets: [{{token_url: 'http://[::1]:80/t/?a=/', {TARGET[1:]}]".replace(".example", ".example/a//"))
    )
    assert target.url == "https://x.example/a"
    assert target.token_url == "http://[::1]:80/t/?a=/"  # noqa: S105 - not a password


def test_top_level_keys_that_start_with_x_are_ignored(load: Load) -> None:
    text = (
        "x-fast: &fast {interval: 1s}\ntargets: [{<<: *fast, name: a, vendor: acme, url: 'http://x', client_secret: s}]"
    )
    assert only(load(text)).poll.interval == 1


def test_flags_override_environment_which_overrides_file(load: Load) -> None:
    text = f"web: {{listen_address: ':1'}}\nlog: {{level: error, format: json}}\ntargets: [{TARGET}]"
    environ = {"CONTACTCENTER_WEB__LISTEN_ADDRESS": ":2", "CONTACTCENTER_LOG__LEVEL": "WARNING"}
    flags = Overlay({("web", "listen_address"): "--web.listen-address"}, {("web", "listen_address"): ":3"})
    settings = load(text, environ, flags)
    assert settings.web.listen_address == ":3"
    assert settings.log.level == "warn"
    assert settings.log.format == "json"


def test_unrelated_variables_are_ignored(load: Load) -> None:
    environ = {
        "CONTACTCENTER_EXPORTER_SERVICE_HOST": "10.0.0.1",
        "CONTACTCENTER_EXPORTER_PORT": "tcp://10.0.0.1:10117",
        "CONTACTCENTER_EXPORTER_PORT_10117_TCP_ADDR": "10.0.0.1",
        "CONTACTCENTER_POL__INTERVAL": "",
        "CONTACTCENTER_WEB__LISTEN_ADDRESS": "",
        "CONTACTCENTER_TARGETS__REMOVED__CLIENT_SECRET": "s",
        "LOG__LEVEL": "debug",
    }
    settings = load(f"targets: [{TARGET}]", environ)
    assert settings.web.listen_address == ":10117"
    assert settings.log.level == "info"


def test_secret_file_is_relative_to_the_configuration_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b" pass word\r\n")
    text = f"targets: [{TARGET}]".replace("client_secret: s", "client_secret_file: secret")
    assert only(load(text)).client_secret.get_secret_value() == " pass word"


def test_nested_secret_can_be_read_from_a_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("nested\n\n", encoding="utf-8")
    target = only(load(f"targets: [{{login: {{password_file: p}}, {TARGET[1:]}]"))
    assert target.login is not None
    assert target.login.password.get_secret_value() == "nested"


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("amsterdam", "CONTACTCENTER_TARGETS__AMSTERDAM__CLIENT_SECRET"),
        ("amsterdam", "contactcenter_targets__Amsterdam__client_secret"),
        ("amsterdam", "CONTACTCENTER_TARGETS__0__CLIENT_SECRET"),
        ("Den Haag-2", "CONTACTCENTER_TARGETS__DEN_HAAG_2__CLIENT_SECRET"),
        ("Zürich", "CONTACTCENTER_TARGETS__Z_RICH__CLIENT_SECRET"),
        ("a--b", "CONTACTCENTER_TARGETS__A__B__CLIENT_SECRET"),
    ],
)
def test_secret_can_be_set_in_the_environment(load: Load, name: str, variable: str) -> None:
    text = f"targets: [{TARGET}]".replace("amsterdam", name).replace(", client_secret: s", "")
    assert only(load(text, {variable: "from env"})).client_secret.get_secret_value() == "from env"


def test_secret_in_the_environment_overrides_secret_and_secret_file(load: Load) -> None:
    variable = {"CONTACTCENTER_TARGETS__AMSTERDAM__CLIENT_SECRET": "from env"}
    for keys in ("client_secret: s", "client_secret_file: /absent"):
        target = only(load(f"targets: [{TARGET}]".replace("client_secret: s", keys), variable))
        assert target.client_secret.get_secret_value() == "from env"


def test_secret_file_in_the_environment_overrides_secret_in_the_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("from file", encoding="utf-8")
    target = only(load(f"targets: [{TARGET}]", {"CONTACTCENTER_TARGETS__0__CLIENT_SECRET_FILE": "s"}))
    assert target.client_secret.get_secret_value() == "from file"


def test_every_key_of_a_target_can_be_set_in_the_environment(load: Load) -> None:
    environ = {
        "CONTACTCENTER_TARGETS__AMSTERDAM__URL": "https://y.example",
        "CONTACTCENTER_TARGETS__AMSTERDAM__POLL__INTERVAL": "5s",
        "CONTACTCENTER_TARGETS__0__TIMEOUT": "4s",
    }
    target = only(load(f"targets: [{{interval: 9s, {TARGET[1:]}]", environ))
    assert target.url == "https://y.example"
    assert (target.poll.interval, target.poll.timeout) == (5, 4)


def test_pseudonym_key_can_be_set_in_the_environment(load: Load) -> None:
    settings = load(f"agents: {{detail: pseudonym}}\ntargets: [{TARGET}]", {"CONTACTCENTER_AGENTS__PSEUDONYM_KEY": "k"})
    assert only(settings).agents.pseudonym_key is not None


def test_secrets_are_never_printed(load: Load) -> None:
    text = f"targets: [{{api_key: hunter2, login: {{password: hunter2}}, {TARGET[1:]}]".replace(": s}", ": hunter2}")
    settings = load(text, {"CONTACTCENTER_AGENTS__PSEUDONYM_KEY": "hunter2"})
    assert "hunter2" not in repr(settings) + str(settings) + settings.model_dump_json() + repr(settings.model_dump())


@pytest.mark.parametrize(
    "keys",
    [
        "client_secret: [hunter2]",
        "client_secret: {hunter: hunter2}",
        "client_secret: s, client_secret_file: hunter2",
        "client_secret_file: hunter2",
        "client_secret_file: [hunter2]",
        "client_secret: s, login: hunter2",
        "client_secret: s, url: 'https://bob:hunter2@x'",
        "client_secret: s, url: 'https://x:hunter2'",
        "client_secret: s, vendor: hunter2",
        "client_secret: s, agents: {detail: hunter2}",
    ],
)
def test_error_never_repeats_a_value(load: Load, keys: str) -> None:
    text = f"targets: [{TARGET}]".replace("client_secret: s", keys).replace("hunter:", "h:")
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert "hunter2" not in str(caught.value)


def test_settings_can_be_created_in_code() -> None:
    poll = Poll(interval=5)
    assert (poll.interval, poll.timeout, poll.stale_after) == (5, 5, 15)
    target = TargetSettings(name="a", vendor="acme", url="http://x/")
    assert target.url == "http://x"
    assert target.agents == Agents()
