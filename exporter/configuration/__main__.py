"""Write the configuration reference: `python -m exporter.configuration DIRECTORY`."""

import sys
from pathlib import Path

from exporter.configuration import FILES

for name, render in FILES.items():
    Path(sys.argv[1], name).write_text(render(), encoding="utf-8")
