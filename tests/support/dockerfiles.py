"""Parses a Dockerfile, so that tests can run its steps without a container engine."""

import re
from pathlib import Path
from typing import NamedTuple


class Instruction(NamedTuple):
    """One instruction.

    Attributes:
        word: Its keyword, such as `RUN`.
        rest: Its arguments, on one line.
    """

    word: str
    rest: str


Stage = list[Instruction]


def stages(file: Path) -> list[Stage]:
    """Return the instructions of each stage, FROM first."""
    text = re.sub(r"^\s*#.*\n", "", file.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[Stage] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append(Instruction(word, " ".join(rest.split())))
    return found


def of(stage: Stage, word: str) -> list[str]:
    """Return the arguments of every instruction with a keyword."""
    return [instruction.rest for instruction in stage if instruction.word == word]
