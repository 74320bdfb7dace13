"""Write the generated files of the chart, or with --check report the files that differ from them."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from exporter import __version__
from helm.generator import alerts, chart, readme, schema, values

_CHART = Path(__file__).parent.parent / "contactcenter-exporter"
_RULES = _CHART / "files" / "rules"


def files() -> Iterator[tuple[Path, str]]:
    """Yield the path and the expected text of every file that is generated, in part or as a whole."""
    documented = values.read(_CHART / "values.yaml")
    yield _CHART / "values.schema.json", schema.render(documented)
    listed = readme.render(_text("README.md"), documented)
    yield _CHART / "README.md", readme.replaced(listed, alerts.START, alerts.END, alerts.table(_RULES))
    yield _CHART / "Chart.yaml", chart.render(_text("Chart.yaml"), __version__)


def main() -> int:
    """Write or compare the files; return 1 if --check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m helm.generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    check = parser.parse_args().check
    stale = [(path, text) for path, text in files() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if not check:
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{'differs' if check else 'written'}: {path.relative_to(_CHART.parent.parent)}\n")
    return int(check and bool(stale))


def _text(name: str) -> str:
    return (_CHART / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
