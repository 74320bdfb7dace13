"""Runs the exporter with the arguments and files of the rendered manifests."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import bcrypt
import pytest
import trustme

from exporter.cli import probe
from tests.support.charts import Manifest, container, of_kind, only, pod, rendered
from tests.support.kubernetes_api import kubernetes
from tests.support.programs import EXPORTER, eventually, running

pytestmark = pytest.mark.slow

ETC = "/etc/contactcenter-exporter"
STATE = "/var/lib/contactcenter-exporter"
LISTENING = r"msg=listening .*\bport=(\d+)"
SIMULATING = r"simulating a contact centre.*\bport=(\d+)"
Secrets = Mapping[str, Mapping[str, str]]


def placed(manifests: list[Manifest], secrets: Secrets, root: Path) -> None:
    """Write the files of the mounted ConfigMaps and Secrets below another root."""
    maps = {manifest["metadata"]["name"]: manifest["data"] for manifest in of_kind("ConfigMap", manifests)}
    volumes = {volume["name"]: volume for volume in pod(manifests)["spec"].get("volumes", [])}
    for mount in container(manifests).get("volumeMounts", []):
        directory = Path(moved(mount["mountPath"], root))
        directory.mkdir(parents=True)
        for name, text in held(volumes[mount["name"]], maps, secrets).items():
            (directory / name).write_text(moved(text, root))


def held(volume: Manifest, maps: Secrets, secrets: Secrets) -> dict[str, str]:
    """Return the files of a volume; a new emptyDir has none."""
    if "emptyDir" in volume:
        return {}
    if "configMap" in volume:
        return dict(maps[volume["configMap"]["name"]])
    source = volume["secret"]
    data = secrets[source["secretName"]]
    items = source.get("items") or [{"key": key, "path": key} for key in data]
    return {item["path"]: data[item["key"]] for item in items}


def moved(text: str, root: Path) -> str:
    """Return text with the directories of the container replaced."""
    return text.replace(ETC, str(root / "etc")).replace(STATE, str(root / "state"))


def command(manifests: list[Manifest], root: Path) -> tuple[str, ...]:
    """Return the command of the container, listening on a free port of the loopback address."""
    arguments = (moved(argument, root) for argument in container(manifests)["args"])
    listening = (argument.replace("address=:10117", "address=127.0.0.1:0") for argument in arguments)
    return (*EXPORTER, *listening)


def probed(manifests: list[Manifest], name: str, port: int, root: Path) -> int:
    """Run an exec probe of the container and return its exit code."""
    program, *arguments = container(manifests)[name]["exec"]["command"]
    assert program == "contactcenter-exporter-probe"
    return probe.main([moved(argument, root).replace(":10117", f":{port}") for argument in arguments])


@asynccontextmanager
async def simulated() -> AsyncIterator[str]:
    """Serve a simulated contact centre and yield its URL."""
    async with running((*EXPORTER, "simulate", "--web.listen-address=127.0.0.1:0"), SIMULATING) as simulation:
        yield f"http://127.0.0.1:{simulation.port}"


def values(url: str) -> dict[str, Any]:
    """Return values for two targets with secrets in files."""
    kpn = {"name": "amsterdam", "vendor": "kpn", "url": f"{url}/kpn", "client_id": "demo"}
    kpn |= {"token_url": f"{url}/kpn/oauth/client_credential/accesstoken"}
    kpn |= {"client_secret_file": f"{ETC}/credentials/kpn/client-secret"}
    sinch = {"name": "helsinki", "vendor": "sinch", "url": f"{url}/sinch/RI/rmi", "username": "demo"}
    sinch |= {"password_file": f"{ETC}/credentials/sinch/password"}
    renamed = {"secretName": "sinch", "items": [{"key": "rmi-password", "path": "password"}]}
    return {
        "config": {"poll": {"interval": "2s"}, "targets": [kpn, sinch]},
        "credentials": [{"secretName": "kpn"}, renamed],
        "probes": {"type": "exec"},
    }


SECRETS = {"kpn": {"client-secret": "demo\n"}, "sinch": {"rmi-password": "demo", "more": "unused"}}


async def ready(manifests: list[Manifest], port: int, root: Path) -> bool | None:
    """Return True once the readiness probe succeeds."""
    return await asyncio.to_thread(probed, manifests, "readinessProbe", port, root) == 0 or None


async def test_the_exporter_polls_the_targets_in_the_values_with_secrets_from_files(tmp_path: Path) -> None:
    async with simulated() as url, aiohttp.ClientSession() as session:
        manifests = rendered(values(url))
        placed(manifests, SECRETS, tmp_path)
        async with running(command(manifests, tmp_path), LISTENING) as program:
            await eventually(lambda: ready(manifests, program.port, tmp_path))
            assert await asyncio.to_thread(probed, manifests, "livenessProbe", program.port, tmp_path) == 0
            async with session.get(f"http://127.0.0.1:{program.port}/metrics") as answer:
                lines = (await answer.text()).splitlines()
    for target, resource in (("amsterdam", "queues"), ("amsterdam", "trunks"), ("helsinki", "queues")):
        assert f'contactcenter_up{{target="{target}",resource="{resource}"}} 1' in lines


async def test_the_exporter_keeps_its_state_in_the_state_volume(tmp_path: Path) -> None:
    async with simulated() as url:
        # Axialys demands a minimum interval for one of its requests.
        paris = {"name": "paris", "vendor": "axialys", "url": f"{url}/axialys", "username": "demo"}
        paris |= {"password_file": f"{ETC}/credentials/axialys/password"}
        credentials = [{"secretName": "axialys"}]
        manifests = rendered({"config": {"targets": [paris]}, "credentials": credentials, "probes": {"type": "exec"}})
        placed(manifests, {"axialys": {"password": "demo"}}, tmp_path)
        async with running(command(manifests, tmp_path), LISTENING) as program:
            await eventually(lambda: ready(manifests, program.port, tmp_path))
    assert list((tmp_path / "state").iterdir())


async def test_the_exporter_accepts_every_flag_of_a_demo(tmp_path: Path) -> None:
    manifests = rendered(
        {"demo": {"enabled": True, "speed": 60}, "extraArgs": ["--seed=7"], "probes": {"type": "exec"}}
    )
    placed(manifests, {}, tmp_path)
    async with running(command(manifests, tmp_path), LISTENING) as program:
        assert await eventually(lambda: ready(manifests, program.port, tmp_path))


@pytest.mark.parametrize("enabled", [True, False])
async def test_reload_is_served_only_if_the_values_enable_it(enabled: bool, tmp_path: Path) -> None:  # noqa: FBT001 - both
    config = {"targets": [{"name": "a", "vendor": "sinch", "url": "http://127.0.0.1:9", "username": "u"}]}
    config["targets"][0]["password_file"] = f"{ETC}/credentials/sinch/rmi-password"
    chosen = {"config": config, "credentials": [{"secretName": "sinch"}], "lifecycle": {"enabled": enabled}}
    manifests = rendered(chosen)
    placed(manifests, SECRETS, tmp_path)
    async with (
        running(command(manifests, tmp_path), LISTENING) as program,
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{program.port}/-/reload") as answer,
    ):
        assert (answer.status == HTTPStatus.OK) is enabled


async def test_the_probes_sign_in_if_the_exporter_requires_tls_and_users(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    hashed = bcrypt.hashpw(b"let me in", bcrypt.gensalt(4)).decode()
    web = {"cert_file": f"{ETC}/tls/tls.crt", "key_file": f"{ETC}/tls/tls.key"}
    secrets = {
        "web": {"web-config.yml": json.dumps({"tls_server_config": web, "basic_auth_users": {"kubelet": hashed}})},
        "tls": {
            "tls.crt": issued.cert_chain_pems[0].bytes().decode(),
            "tls.key": issued.private_key_pem.bytes().decode(),
        },
        "probe": {"username": "kubelet", "password": "let me in"},
    }
    manifests = rendered(
        {
            "demo": {"enabled": True},
            "webConfig": {"existingSecret": "web", "certificateSecret": "tls", "tls": True},
            "probes": {"type": "exec", "credentialsSecret": "probe"},
        }
    )
    placed(manifests, secrets, tmp_path)
    async with running(command(manifests, tmp_path), LISTENING) as program:
        assert await eventually(lambda: ready(manifests, program.port, tmp_path))
        context = ssl.create_default_context()
        authority.configure_trust(context)
        url = f"https://127.0.0.1:{program.port}/-/ready"
        async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as answer:
            assert answer.status == HTTPStatus.UNAUTHORIZED


async def test_a_new_release_has_a_leader_at_once_with_the_rights_that_the_chart_grants(tmp_path: Path) -> None:
    config = {"targets": [{"name": "a", "vendor": "sinch", "url": "http://127.0.0.1:9", "username": "u"}]}
    config["targets"][0]["password_file"] = f"{ETC}/credentials/sinch/rmi-password"
    elected = {"leaderElection": {"enabled": True, "duration": "15s"}, "replicaCount": 2}
    manifests = rendered({"config": config, "credentials": [{"secretName": "sinch"}], **elected})
    placed(manifests, SECRETS, tmp_path)
    async with kubernetes(tmp_path) as (api, kubeconfig):
        for lease in of_kind("Lease", manifests):
            api.store.create((lease["metadata"]["namespace"], lease["metadata"]["name"]), lease)
        environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
        async with running(command(manifests, tmp_path), LISTENING, environment) as program:
            # A replica that cannot know that it is the first waits for four fifths of the duration, 12 s.
            async with asyncio.timeout(10):
                await program.wait_for("became leader")
    create, own = only("Role", manifests)["rules"]
    assert create["verbs"] == ["create"]
    assert {(verb, name) for verb, name in api.requests if verb != "create"} <= {
        (verb, name) for verb in own["verbs"] for name in own["resourceNames"]
    }
    for lease in of_kind("Lease", manifests):
        key = (lease["metadata"]["namespace"], lease["metadata"]["name"])
        assert api.leases[key]["metadata"]["labels"] == lease["metadata"]["labels"]
