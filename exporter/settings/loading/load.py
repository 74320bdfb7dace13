"""From flags, environment and file to settings, with every mistake on the way told at its place."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from exporter import plugins
from exporter.runtime.suggest import nearest
from exporter.settings.loading import environment, yaml_positions
from exporter.settings.loading.layers import Layers, Overlay
from exporter.settings.loading.problems import Findings, present
from exporter.settings.loading.secrets import inner_model, reveal
from exporter.settings.loading.validation import check, check_section
from exporter.settings.loading.yaml_positions import Place
from exporter.settings.sections import Section
from exporter.settings.select import unknown_to
from exporter.settings.settings import Settings
from exporter.settings.target_settings import FLAT_POLL_KEYS, TargetSettings

B = TypeVar("B", bound=BaseSettings)

# Outermost keys such as `x-defaults` have no meaning of their own; they are where anchors can be put.
_FOR_ANCHORS: Final = "x-"


def load_file(path: Path, environ: Mapping[str, str] | None = None, flags: Overlay | None = None) -> Settings:
    """Return the settings of a file, with the environment's and the flags' over them.

    Args:
        path: The file.
        environ: The environment variables, the process's own unless given.
        flags: What the command line says.

    Raises:
        ConfigError: Something is wrong; it holds every mistake.
    """
    document = yaml_positions.read(path)
    variables = os.environ if environ is None else environ
    layers = Layers(
        file=document,
        environment=environment.read(variables, Settings.model_fields, _names(document.data.get("targets"))),
        flags=flags or Overlay(),
    )
    findings = Findings(layers, path.parent)
    tree = {key: value for key, value in layers.merged().items() if not key.startswith(_FOR_ANCHORS)}
    told: Any = tree.get("config", {})
    if document.has(("config",)):
        findings.add(("config",), "belongs on the command line: --config.file")
        told = {}
    return _build(Settings, tree | {"config": {**told, "file": path}}, findings)


def load_without_file(model: type[B], environ: Mapping[str, str], flags: Overlay) -> B:
    """Return the settings of a command that has no configuration file.

    Raises:
        ConfigError: Something is wrong; it holds every mistake.
    """
    # One environment may serve several commands, so what a configuration file can hold is no mistake here.
    told = environment.read(environ, model.model_fields, passed_over=Settings.model_fields)
    layers = Layers(environment=told, flags=flags)
    return _build(model, layers.merged(), Findings(layers, Path()))


def _build(model: type[B], tree: Mapping[str, object], findings: Findings) -> B:
    """Return a settings model; each section and each target is checked by itself, so that none hides another."""
    values = present(tree)
    sections = {
        key: check_section(kind, values.get(key, {}), kind(), (key,), findings)
        for key, kind in _sections(model).items()
    }
    values |= sections
    if "targets" in model.model_fields and not _misspelt("targets", values, model):
        values["targets"] = _targets(values.get("targets"), sections, findings)
    built = check(model, values, (), findings)
    findings.raise_if_any()
    if built is None:  # pragma: no cover - a model that is not built has told why
        raise AssertionError
    return built


def _misspelt(field: str, values: Mapping[str, object], model: type[BaseModel]) -> bool:
    """Return whether an unknown key probably means a field that is not there."""
    unknown = values.keys() - model.model_fields.keys()
    return field not in values and any(nearest(key, model.model_fields) == field for key in unknown)


def _targets(raw: object, outer: Mapping[str, Section], findings: Findings) -> tuple[TargetSettings, ...]:
    if not raw:
        findings.add(("targets",), "none given; list at least one contact centre to poll")
        return ()
    if not isinstance(raw, list):
        findings.add(("targets",), "expected a list")
        return ()
    findings.targets = _names(raw)
    _check_names(findings)
    found = [_target(item, ("targets", index), outer, findings) for index, item in enumerate(raw)]
    return tuple(target for target in found if target is not None)


def _target(raw: object, place: Place, outer: Mapping[str, Section], findings: Findings) -> TargetSettings | None:
    if not isinstance(raw, dict):
        findings.add(place, "expected keys with values, such as name, vendor and url")
        return None
    values = present(raw)
    model = _vendor_model(values.get("vendor"), place, findings)
    if model is not None:
        _check_selection(values, place, findings)
    _nest_poll(values, place, findings)
    sections = {
        key: check_section(kind, values.pop(key, {}), outer[key], (*place, key), findings)
        for key, kind in _sections(TargetSettings).items()
    }
    values = reveal(model or TargetSettings, values, place, findings) | sections
    return check(model or TargetSettings, values, place, findings, any_key=model is None)


def _vendor_model(name: object, place: Place, findings: Findings) -> type[TargetSettings] | None:
    """Return what a vendor's targets are configured with, None where there is no such vendor."""
    if not isinstance(name, str):
        return None
    try:
        model: type[TargetSettings] = plugins.load(name).settings
    except plugins.VendorError as error:
        findings.add((*place, "vendor"), str(error))
        return None
    return model


def _check_selection(values: Mapping[str, object], place: Place, findings: Findings) -> None:
    """Tell of a selection that can have no effect, or leaves nothing, because the vendor knows no such thing."""
    given = values.get("select")
    if not isinstance(given, dict):
        return
    vendor = str(values["vendor"])
    for key, kind in unknown_to(plugins.load(vendor).tables):
        if given.get(key) is not None:
            findings.add((*place, "select", key), f"{vendor} tells nothing of {kind}; leave it out")


def _nest_poll(values: dict[str, object], place: Place, findings: Findings) -> None:
    """Move the keys of `poll` that stand directly in a target into its `poll`; the stronger layer's counts."""
    nested = values.get("poll", {})
    for key in sorted(FLAT_POLL_KEYS & set(values)):
        flat, inner = (*place, key), (*place, "poll", key)
        value = values.pop(key)
        if not isinstance(nested, dict):
            continue
        rank = findings.layers.rank
        if nested.get(key) is not None and rank(flat) == rank(inner):
            findings.add(flat, f"poll.{key} is given too; give only one of them")
        elif nested.get(key) is None or rank(flat) > rank(inner):
            nested = {**nested, key: value}
            findings.alias(inner, flat)
    values["poll"] = nested


def _check_names(findings: Findings) -> None:
    first: dict[str, int] = {}
    for index, name in enumerate(findings.targets):
        if not isinstance(name, str):
            continue
        if name in first:
            other = ("targets", first[name], "name")
            findings.add(
                ("targets", index, "name"),
                f"the same name as targets[{first[name]}] ({findings.layers.locate(other).text})",
            )
        first.setdefault(name, index)


def _names(targets: object) -> list[object]:
    """Return the targets' names, None for one without."""
    items = targets if isinstance(targets, list) else []
    return [item.get("name") if isinstance(item, dict) else None for item in items]


@cache
def _sections(model: type[BaseModel]) -> dict[str, type[Section]]:
    """Return a model's fields that are sections."""
    kinds = {key: inner_model(model, key) for key in model.model_fields}
    return {key: kind for key, kind in kinds.items() if kind is not None and issubclass(kind, Section)}
