"""Reads a definition from the text of its file, reporting every mistake with its place."""

from collections.abc import Sequence
from pathlib import Path

from exporter.errors import ConfigError, Problem
from exporter.settings.loading.layers import Layers
from exporter.settings.loading.problems import Findings
from exporter.settings.loading.validation import check
from exporter.vendors.definitions.document import parse_definition
from exporter.vendors.definitions.fields import FieldSpec, FieldsReader
from exporter.vendors.definitions.language import Definition
from exporter.vendors.definitions.model_fields import MODELS
from exporter.vendors.definitions.parsed import ParsedDefinition, kinds_of
from exporter.vendors.definitions.request_rules import check_requests
from exporter.vendors.definitions.rules import check_definition


def parse(text: str, name: str) -> ParsedDefinition:
    """Return the definition that a text contains.

    Args:
        text: The text of a file.
        name: The name of the file, for messages.

    Raises:
        ConfigError: It is invalid; the error lists every mistake.
    """
    findings = Findings(Layers(file=parse_definition(text, name)), Path())
    definition = check(Definition, findings.layers.merged(), (), findings)
    if definition is None:
        findings.raise_if_any()
        raise ConfigError((Problem(name, "invalid"),))  # pragma: no cover - check() reports what it rejects
    fields = _fields(definition, FieldsReader(findings))
    check_definition(definition, fields, findings)
    check_requests(definition, findings)
    findings.raise_if_any()
    return ParsedDefinition(definition, fields)


def _fields(definition: Definition, reader: FieldsReader) -> dict[str, Sequence[FieldSpec]]:
    fields: dict[str, Sequence[FieldSpec]] = {}
    for name, resource in definition.resources.items():
        for kind in kinds_of(resource)[:1]:
            fields[name] = reader.read(MODELS[kind], getattr(resource, kind), ("resources", name, kind))
    return fields
