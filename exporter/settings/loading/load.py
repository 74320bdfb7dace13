"""Load settings from flags, environment and file, reporting every problem with its location."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from exporter import plugins
from exporter.runtime.suggest import hint, nearest
from exporter.settings.loading import environment, yaml_positions
from exporter.settings.loading.layers import Layers, Overlay
from exporter.settings.loading.problems import Findings, present
from exporter.settings.loading.secrets import inner_model, read_secret_files
from exporter.settings.loading.validation import check, check_section
from exporter.settings.loading.vendors import DEFINITIONS, Vendors, read_definitions
from exporter.settings.loading.yaml_positions import Place
from exporter.settings.sections import Section
from exporter.settings.select import unknown_to
from exporter.settings.settings import Settings
from exporter.settings.target_settings import FLAT_POLL_KEYS, TargetSettings

B = TypeVar("B", bound=BaseSettings)

# Top-level keys such as `x-defaults` are ignored; they are a place for YAML anchors.
_ANCHOR_PREFIX: Final = "x-"


def load_file(path: Path, environ: Mapping[str, str] | None = None, flags: Overlay | None = None) -> Settings:
    """Load the settings of a file, overridden by the environment and flags.

    Args:
        path: The configuration file.
        environ: The environment variables; defaults to those of the process.
        flags: Values from the command line.

    Raises:
        ConfigError: The configuration is invalid; the error lists every problem.
    """
    document = yaml_positions.read(path)
    variables = os.environ if environ is None else environ
    layers = Layers(
        file=document,
        environment=environment.read(variables, Settings.model_fields, _names(document.data.get("targets"))),
        flags=flags or Overlay(),
    )
    findings = Findings(layers, path.parent)
    tree = {key: value for key, value in layers.merged().items() if not key.startswith(_ANCHOR_PREFIX)}
    config: Any = tree.get("config", {})
    if document.has(("config",)):
        findings.add(("config",), "not allowed in the file; use the flag --config.file")
        config = {}
    return _build(Settings, tree | {"config": {**config, "file": path}}, findings)


def load_without_file(model: type[B], environ: Mapping[str, str], flags: Overlay) -> B:
    """Load the settings of a command without a configuration file.

    Raises:
        ConfigError: The configuration is invalid; the error lists every problem.
    """
    # Several commands may share one environment, so variables for keys of the configuration file are accepted.
    variables = environment.read(environ, model.model_fields, ignored=Settings.model_fields)
    layers = Layers(environment=variables, flags=flags)
    return _build(model, layers.merged(), Findings(layers, Path()))


def _build(model: type[B], tree: Mapping[str, object], findings: Findings) -> B:
    """Build a settings model; sections and targets are validated separately, so that all problems are found."""
    values = present(tree)
    sections = {
        key: check_section(kind, values.get(key, {}), kind(), (key,), findings)
        for key, kind in _sections(model).items()
    }
    values |= sections
    if "targets" in model.model_fields and not _misspelt("targets", values, model):
        vendors = read_definitions(values.get(DEFINITIONS), findings)
        values["targets"] = _targets(values.get("targets"), sections, vendors, findings)
    settings = check(model, values, (), findings)
    findings.raise_if_any()
    if settings is None:  # pragma: no cover - check() adds a finding for each model it rejects
        raise AssertionError
    return settings


def _misspelt(field: str, values: Mapping[str, object], model: type[BaseModel]) -> bool:
    """Return whether an unset field was probably misspelt as one of the unknown keys."""
    unknown = values.keys() - model.model_fields.keys()
    return field not in values and any(nearest(key, model.model_fields) == field for key in unknown)


def _targets(
    raw: object, defaults: Mapping[str, Section], vendors: Vendors, findings: Findings
) -> tuple[TargetSettings, ...]:
    if not raw:
        findings.add(("targets",), "missing or empty; list at least one contact centre to poll")
        return ()
    if not isinstance(raw, list):
        findings.add(("targets",), "expected a list")
        return ()
    findings.targets = _names(raw)
    _check_names(findings)
    targets = [_target(item, ("targets", index), defaults, vendors, findings) for index, item in enumerate(raw)]
    return tuple(target for target in targets if target is not None)


def _target(
    raw: object, place: Place, defaults: Mapping[str, Section], vendors: Vendors, findings: Findings
) -> TargetSettings | None:
    if not isinstance(raw, dict):
        findings.add(place, "expected a mapping with keys such as name, vendor and url")
        return None
    values = present(raw)
    vendor = _vendor(values.get("vendor"), vendors, place, findings)
    model: type[TargetSettings] | None = None if vendor is None else vendor.settings
    if vendor is not None:
        _check_selection(vendor, values, place, findings)
        _check_resources(vendor, values, place, findings)
    _nest_poll(values, place, findings)
    sections = {
        key: check_section(kind, values.pop(key, {}), defaults[key], (*place, key), findings)
        for key, kind in _sections(TargetSettings).items()
    }
    values = read_secret_files(model or TargetSettings, values, place, findings) | sections
    target = check(model or TargetSettings, values, place, findings, any_key=model is None)
    for key, message in target.mistakes() if target else ():
        findings.add((*place, "poll", key), message)
    return target


def _vendor(name: object, vendors: Vendors, place: Place, findings: Findings) -> Any:  # noqa: ANN401 - as of `Vendors`
    """Return a vendor; None if it is not known."""
    if not isinstance(name, str):
        return None
    try:
        return vendors.load(name)
    except plugins.VendorError as error:
        findings.add((*place, "vendor"), str(error))
        return None


def _check_selection(vendor: Any, values: Mapping[str, object], place: Place, findings: Findings) -> None:  # noqa: ANN401
    """Report selections by a kind of data that the vendor's API does not provide."""
    select = values.get("select")
    if not isinstance(select, dict):
        return
    for key, kind in unknown_to(vendor.tables):
        if select.get(key) is not None:
            findings.add((*place, "select", key), f"the {vendor.name} API does not provide {kind}; remove it")


def _check_resources(vendor: Any, values: Mapping[str, object], place: Place, findings: Findings) -> None:  # noqa: ANN401
    """Report excluded resources that the vendor does not have, and an exclusion of all."""
    resources = values.get("resources")
    excluded = resources.get("exclude") if isinstance(resources, dict) else None
    if not isinstance(excluded, list):
        return
    known = vendor.resources
    if not known:
        return
    at = (*place, "resources", "exclude")
    for index, name in enumerate(excluded):
        if isinstance(name, str) and name not in known:
            others = hint(name, known) or f" (known: {', '.join(known)})"
            findings.add((*at, index), f"{vendor.name} has no resource {name}{others}")
    if set(known) <= {name for name in excluded if isinstance(name, str)}:
        findings.add(at, "excludes every resource; remove the target")


def _nest_poll(values: dict[str, object], place: Place, findings: Findings) -> None:
    """Move keys of `poll` set directly in a target into its `poll`; the stronger layer wins."""
    nested = values.get("poll", {})
    for key in sorted(FLAT_POLL_KEYS & set(values)):
        flat, inner = (*place, key), (*place, "poll", key)
        value = values.pop(key)
        if not isinstance(nested, dict):
            continue
        rank = findings.layers.rank
        if nested.get(key) is not None and rank(flat) == rank(inner):
            findings.add(flat, f"conflicts with poll.{key}; set only one of them")
        elif nested.get(key) is None or rank(flat) > rank(inner):
            nested = {**nested, key: value}
            findings.alias(inner, flat)
    values["poll"] = nested


def _check_names(findings: Findings) -> None:
    seen: dict[str, int] = {}
    for index, name in enumerate(findings.targets):
        if not isinstance(name, str):
            continue
        if name in seen:
            other = ("targets", seen[name], "name")
            findings.add(
                ("targets", index, "name"),
                f"duplicate name, also used by targets[{seen[name]}] ({findings.layers.locate(other).text})",
            )
        seen.setdefault(name, index)


def _names(targets: object) -> list[object]:
    """Return the names of the targets; None for a target without one."""
    items = targets if isinstance(targets, list) else []
    return [item.get("name") if isinstance(item, dict) else None for item in items]


@cache
def _sections(model: type[BaseModel]) -> dict[str, type[Section]]:
    """Return the fields of a model that are sections."""
    kinds = {key: inner_model(model, key) for key in model.model_fields}
    return {key: kind for key, kind in kinds.items() if kind is not None and issubclass(kind, Section)}
