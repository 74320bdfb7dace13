"""Check the repository for words that its language rules replace: `python -m tests.repository.language [DIRECTORY]`."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.paths import ROOT

DIRECTORIES = (".ci", ".github", "docs", "exporter", "grafana", "helm", "tests")
SUFFIXES = frozenset(
    {".css", ".html", ".js", ".json", ".md", ".py", ".service", ".toml", ".tpl", ".txt", ".yaml", ".yml"}
)
NAMES = frozenset({"Makefile", "Dockerfile", ".dockerignore", ".editorconfig", ".gitattributes", ".gitignore", "run"})
# CHANGELOG.md and LICENSE are at the top level and neither is listed here.
TOP = ("CONTRIBUTING.md", "README.md", "SECURITY.md", "pyproject.toml", ".pre-commit-config.yaml", *sorted(NAMES))
# Below these, files other than Python are vendors' responses and the metrics expected of them.
FIXTURES = ("tests/vendors/",)
# They have to contain the words.
UNCHECKED = frozenset({"tests/repository/language.py", "tests/repository/test_language.py"})


class Word(NamedTuple):
    """A word or phrase that is not used.

    Attributes:
        pattern: A regular expression for its forms, in any case; a space also matches `_`, `-` and several spaces.
        instead: What to write instead.
    """

    pattern: str
    instead: str


class Allowance(NamedTuple):
    """A true use of a word.

    Attributes:
        path: The file, or a directory with a slash at its end.
        text: The part of the line that holds the word, in lower case.
        reason: Why the word is right here.
    """

    path: str
    text: str
    reason: str


class Finding(NamedTuple):
    """A word found in a file.

    Attributes:
        path: The file, relative to the directory that is checked.
        line: The line number, from 1.
        text: The word as it was found.
        instead: What to write instead.
    """

    path: str
    line: int
    text: str
    instead: str


WORDS = (
    Word("befall(s|en)?|befell", "affect, happen to"),
    Word("mend(s|ed|ing)?", "fix"),
    Word("heed(s|ed|ing)?", "honour, respect"),
    Word("who(m|)ever|whom", "name the client, operator, target or request"),
    Word("somebody|nobody", "name the client, operator, target or request"),
    Word("told|tells?|telling", "report, return, contain, distinguish"),
    Word("says?|said|saying", "report, return, state, configure"),
    Word("speaks?", "use, support, mention"),
    Word("anew", "again"),
    Word("in (its|their|whose) stead", "instead"),
    Word("in force", "current"),
    Word("ceas(e|es|ed|ing)", "stop, end"),
    Word("likewise", "also, or repeat the statement"),
    Word("beforehand", "before"),
    Word("fares?|fared", "the state of"),
    Word("doorkeepers?", "authenticator"),
    Word("crowds?", "clients, connections"),
    Word("patience|patient|patiently", "timeout, retry delay"),
    Word("(leave|leaves|left|let) alone", "skip, pause, ignore"),
    Word("goes on|go on", "continue"),
    Word("of which", "subject first: two sentences"),
    Word("ours|theirs", "name the owner"),
    Word("things?", "name them"),
)
# In this case only: `is None` is Python. "There is no", "there is none" and "is no longer" are
# plain English.
CASED = (
    Word("(?<![Tt]here )(is|are) none", "empty, not set, not one"),
    Word("(?<![Tt]here )(is|are) no (?!longer|more|less|later|sooner|earlier|fewer|such)", "is not a, is invalid"),
)

_ERLANG = "how long a caller waits before abandoning, the term of Erlang A"
ALLOWED: tuple[Allowance, ...] = (
    Allowance("exporter/simulator/", "patience", _ERLANG),
    Allowance("exporter/simulator/", "patient_until", _ERLANG),
    Allowance("tests/simulator/", "patience", _ERLANG),
    Allowance("tests/simulator/", "patient", _ERLANG),
    Allowance("tests/soak/daily_profiles.py", "patience=", _ERLANG),
    Allowance("tests/grafana/test_wait_forecast.py", "patience", _ERLANG),
    Allowance("tests/grafana/test_wait_forecast.py", "patient", _ERLANG),
    Allowance("tests/support/erlang.py", "patience", _ERLANG),
    Allowance("tests/support/erlang.py", "patient", _ERLANG),
    Allowance("tests/support/places.py", "patience", _ERLANG),
    Allowance("tests/support/simulation.py", "patience", _ERLANG),
)


def findings(root: Path, allowed: Sequence[Allowance] = ALLOWED) -> Iterator[Finding]:
    """Yield every forbidden word below a directory, in order.

    Args:
        root: The repository.
        allowed: The uses that are right.
    """
    for path in files(root):
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            uses = [use.text for use in allowed if name.startswith(use.path) and use.text in line.lower()]
            for text, instead in words(line):
                if not any(text.lower() in use for use in uses):
                    yield Finding(name, number, text, instead)


def words(line: str) -> Iterator[tuple[str, str]]:
    """Yield the forbidden words of a line, each with its replacement."""
    for pattern, instead in _PATTERNS:
        yield from ((found[0], instead) for found in pattern.finditer(line))


def files(root: Path) -> Iterator[Path]:
    """Yield the files to check."""
    yield from (path for path in (root / name for name in TOP) if path.is_file())
    for directory in DIRECTORIES:
        for path in sorted((root / directory).rglob("*")):
            name = path.relative_to(root).as_posix()
            kind = path.suffix in SUFFIXES or path.name in NAMES
            fixture = path.suffix != ".py" and name.startswith(FIXTURES)
            # A link is checked where it points to.
            own = path.is_file() and path.resolve() == root.resolve() / name
            if kind and own and not fixture and name not in UNCHECKED:
                yield path


def main(arguments: Sequence[str]) -> int:
    """Write each forbidden word with its place; return 1 if there is one."""
    found = list(findings(Path(arguments[0]) if arguments else ROOT))
    for finding in found:
        sys.stdout.write(f"{finding.path}:{finding.line}: {finding.text!r}; instead: {finding.instead}\n")
    if found:
        sys.stdout.write(f"{len(found)} forbidden words\n")
    return int(bool(found))


def _compiled(word: Word, flags: int) -> re.Pattern[str]:
    """Return a pattern that finds a word by itself and within an identifier such as `last_told`."""
    return re.compile(rf"(?<![^\W_])(?:{word.pattern.replace(' ', SPACE)})(?![^\W_])", flags)


SPACE = "[ _-]+"
_PATTERNS = (
    *((_compiled(word, re.IGNORECASE), word.instead) for word in WORDS),
    *((re.compile(rf"\b(?:{word.pattern})"), word.instead) for word in CASED),
)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
