"""Release, collect and grade the problem sets of the Interpolation Book."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# nbgrader starts alembic by its name, which only an activated environment finds.
_tools = str(Path(sys.executable).parent)
if _tools not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([_tools, os.environ.get("PATH", "")])
