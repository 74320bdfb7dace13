"""Write every generated file under grafana/, or with --check list those that differ from the committed ones.

With --import write the variants of the dashboards for Grafana's import page to a directory.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from grafana.generator import boards, mixin, rules, runbook_links

_ROOT = Path(__file__).parent.parent


def files() -> Iterator[tuple[Path, str]]:
    """Yield every generated file: its path, and the text it must have."""
    for part in (rules, boards, mixin, runbook_links):
        for path, text in part.files():
            yield _ROOT / path, text
    for path, text in rules.variants():
        yield _ROOT / path, text


def write_import_files(directory: Path) -> None:
    """Write the variants of the dashboards for Grafana's import page to a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in boards.import_files():
        (directory / name).write_text(text, encoding="utf-8")


def main() -> int:
    """Write the files, or compare them; return 1 if --check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m grafana.generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not as generated")
    parser.add_argument("--import", dest="directory", type=Path, metavar="DIR", help="write the import variants only")
    arguments = parser.parse_args()
    if arguments.directory:
        write_import_files(arguments.directory)
        return 0
    check = arguments.check
    stale = [(path, text) for path, text in files() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{'differs' if check else 'written'}: {path.relative_to(_ROOT.parent)}\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
