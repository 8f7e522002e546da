"""Temporary files in memory: the tests copy databases and make folders by the thousand, and mourn none of them.

Who names a folder in TMPDIR keeps it, and where there is too little room the system's own serves as before.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is made by tempfile
ROOM = 2 << 30
"""Bytes: several times what a run with two workers has been seen to fill."""


def use_memory(folder: Path = MEMORY) -> None:
    """Let this process and its children make their temporary files in memory, where there is room."""
    if "TMPDIR" in os.environ or not os.access(folder, os.W_OK | os.X_OK):
        return
    runs_programs = not os.statvfs(folder).f_flag & os.ST_NOEXEC  # a server's programs may have to move there
    if runs_programs and shutil.disk_usage(folder).free >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
