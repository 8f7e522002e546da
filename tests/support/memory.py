"""Temporary files in memory: the tests copy databases and make folders by the thousand, and mourn none of them.

Who names a folder in TMPDIR keeps it, and where there is too little room the system's own serves as before. Each run
has a folder of its own; what is left in it, by tests that failed or a run that was killed, goes when the next begins.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is made by tempfile
ROOM = 2 << 30
"""Bytes: several times what a run with two workers has been seen to fill."""
_OURS = f"tegata-run-{os.getuid()}-"


def use_memory(memory: Path = MEMORY) -> None:
    """Let this process and its children make their temporary files in memory, where there is room."""
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK | os.X_OK):
        return
    _remove_left(memory)
    runs_programs = not os.statvfs(memory).f_flag & os.ST_NOEXEC  # a server's programs may have to move there
    if runs_programs and shutil.disk_usage(memory).free >= ROOM:
        folder = Path(tempfile.mkdtemp(prefix=f"{_OURS}{os.getpid()}-", dir=memory))
        folder.chmod(0o711)  # a database server that root starts is another user, who passes through
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def _remove_left(memory: Path) -> None:
    for folder in memory.glob(f"{_OURS}*"):
        pid = folder.name.removeprefix(_OURS).partition("-")[0]
        if not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
