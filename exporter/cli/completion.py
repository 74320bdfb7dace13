"""What makes a shell complete the command line, written by shtab from the flags there are."""

from argparse import ArgumentParser
from collections.abc import Mapping

import shtab

from exporter.cli.flags import PROGRAM


def script(shell: str, root: ArgumentParser, commands: Mapping[str, ArgumentParser]) -> str:
    """Return the completion script of a shell.

    Args:
        shell: `bash`, `zsh` or `fish`.
        root: The parser of the command line without a command.
        commands: The parser of each command.
    """
    whole = ArgumentParser(PROGRAM, description=root.description, parents=[root], add_help=False)
    words = whole.add_subparsers()
    for word, parser in commands.items():
        words.add_parser(word, help=parser.description, parents=[parser], add_help=False)
    for parser in (whole, *words.choices.values()):
        for action in parser._actions:  # noqa: SLF001 - argparse tells what a parser takes in no other way
            if action.metavar == "FILE":
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return f"{shtab.complete(whole, shell)}\n"
