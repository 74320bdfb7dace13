"""Write the configuration reference: `python -m docs.generator DIRECTORY`."""

import sys
from pathlib import Path

from docs.generator import FILES

for name, render in FILES.items():
    Path(sys.argv[1], name).write_text(render(), encoding="utf-8")
