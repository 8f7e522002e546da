"""Under which user the embedded server runs: PostgreSQL refuses to run as root.

As root the server becomes `postgres` or `nobody`. Where that user cannot reach the files (a clone below /root), it
stays root outside and becomes somebody else inside a user namespace; where namespaces are forbidden, binaries and data
move to a private folder below the temporary one.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

_NOBODY = 65534
_NAMESPACE = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")


class Identity(TypedDict, total=False):
    """Arguments of `subprocess` that change the user; empty when it stays."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Where the server lives and as whom.

    home: folder of data and log. binaries: folder of `postgres`. prefix: command put before ours.
    identity: arguments for `subprocess`. owner: (uid, gid) of the data.
    """

    home: Path
    binaries: Path
    prefix: tuple[str, ...] = ()
    identity: Identity = field(default_factory=Identity)
    owner: tuple[int, int] = field(default_factory=lambda: (os.geteuid(), os.getegid()))

    def make_folder(self, path: Path) -> None:
        """A private folder of the server's user."""
        path.mkdir(mode=0o700, exist_ok=True)
        self.own(path)

    def own(self, path: Path) -> None:
        """Give a file or a tree to the server's user, which may have been another one last time."""
        if path.stat().st_uid == self.owner[0]:
            return
        for each in [path, *path.rglob("*")]:
            os.chown(each, *self.owner, follow_symlinks=False)


def choose_account(state: Path, binaries: Path) -> Account:
    """The account for a server whose files are below `state`. Raises OSError when nothing works."""
    if os.geteuid() != 0:
        return Account(state, binaries)
    user = _unprivileged()
    identity = Identity(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    owner = (user.pw_uid, user.pw_gid)
    if _works(["test", "-x", binaries / "postgres", "-a", "-x", state.parent], identity):
        home = _private_folder(state / "server", owner)
        state.chmod(0o711)  # the server's user passes through; what lies there keeps its own mode
        return Account(home, binaries, (), identity, owner)
    if _works([*_NAMESPACE, "test", "-x", binaries / "postgres"], Identity()):
        return Account(_private_folder(state / "server", (0, 0)), binaries, _NAMESPACE, Identity(), (0, 0))
    return _moved(state, binaries, identity, owner)


def _moved(state: Path, binaries: Path, identity: Identity, owner: tuple[int, int]) -> Account:
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    away = _private_folder(Path(tempfile.gettempdir()) / f"tegata-{digest}", owner)
    install = binaries.parent
    copy = away / install.parent.name / install.name
    if not (copy / "bin" / "postgres").exists():
        shutil.copytree(install, copy, symlinks=True, dirs_exist_ok=True)
        libraries = install.parent.with_name(install.parent.name + ".libs")  # found by a path relative to the programs
        if libraries.is_dir():
            shutil.copytree(libraries, away / libraries.name, dirs_exist_ok=True)
        Account(away, binaries, owner=owner).own(away / install.parent.name)
    return Account(_private_folder(away / "server", owner), copy / "bin", (), identity, owner)


def _private_folder(path: Path, owner: tuple[int, int]) -> Path:
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in {0, owner[0], os.geteuid()}:
        raise PermissionError(1, f"{path} belongs to somebody else")
    path.chmod(0o700)
    os.chown(path, *owner)
    return path


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PermissionError(1, "PostgreSQL refuses to run as root and there is no user 'postgres' or 'nobody'")


def _works(command: list[str | Path], identity: Identity) -> bool:
    try:
        done = subprocess.run(command, check=False, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, **identity)
    except OSError:
        return False
    return done.returncode == 0
