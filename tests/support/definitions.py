"""Definitions in a few lines, and their polls against recorded responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent

import pytest
import yaml

from exporter.cli.definitions import Result, run_example, target_values
from exporter.errors import ConfigError
from exporter.vendors.base import Vendor
from exporter.vendors.definitions.example import Example
from exporter.vendors.definitions.reading import parse
from exporter.vendors.definitions.vendor import vendor_of

URL = "https://api.acme.example"
FILE = "acme.yml"
_HEAD = f"""\
vendor: acme
title: Acme
documentation: {{url: "https://docs.acme.example", date: 2026-11-20}}
url: "{URL}"
"""
QUEUES = """
resources:
  queues:
    get: /queues
    queue: {id: id, waiting_contacts: waiting}
"""
_EXAMPLES = "examples: [{name: nothing}]\n"


def text_of(keys: str) -> str:
    """Return a definition with these keys."""
    return f"{_HEAD}{dedent(keys).strip()}\n{_EXAMPLES}"


def vendor(keys: str) -> Vendor:
    """Return the vendor of a definition with these keys."""
    return vendor_of(parse(text_of(keys), FILE))


def mistakes(keys: str) -> list[str]:
    """Return the mistakes of a definition with these keys, without the name of its file."""
    with pytest.raises(ConfigError) as caught:
        parse(text_of(keys), FILE)
    return [str(problem).removeprefix(f"{FILE}:").partition(": ")[2] for problem in caught.value.problems]


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of every resource.

    Attributes:
        result: The result.
    """

    result: Result

    @property
    def values(self) -> Mapping[str, float]:
        """The value of each series, without prefix and target and without zero counts of states."""
        return {
            line.removeprefix("contactcenter_").rpartition(" ")[0].replace('target="example",', ""): float(
                line.rpartition(" ")[2]
            )
            for line in self.result.lines
            if not (line.endswith(" 0") and 'state="' in line) and "contactcenter_up{" not in line
        }

    @property
    def failure(self) -> str:
        """Why the only resource failed."""
        assert len(self.result.failures) == 1
        return next(iter(self.result.failures.values()))


async def poll(keys: str, answers: str | Sequence[Mapping[str, object]], **settings: object) -> Poll:
    """Poll every resource of a definition once.

    Args:
        keys: The keys of the definition.
        answers: The responses, as data or as YAML.
        settings: The target's own keys.
    """
    listed = yaml.safe_load(answers) if isinstance(answers, str) else answers
    known = vendor(keys)
    example = Example.model_validate({"name": "poll", "answers": listed, "settings": settings})
    target = known.settings.model_validate(target_values(known, example))
    return Poll(await run_example(known, example, target))
