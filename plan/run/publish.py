"""The finished folder changes in one step, and one run at a time works on it.

A run works in a folder of its own beside the finished one: ``.NAME.work`` holds the lock, the pieces already made
(:mod:`geo.pieces`) and, while it lasts, the folder that will take the place of the finished one. Two folders are
swapped in one step where the system can (Linux); else by two renames, and the next run ends what was cut between them.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import locket

__all__ = ["PIECES", "hold", "new_staging", "publish", "sweep", "work_folder"]

PIECES = "pieces"
"""Folder of finished pieces inside the work folder."""
_LOCK, _HOLDER, _OLD, _NEW = "lock", "holder.json", "old", "new-"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2
_HERE = -100  # AT_FDCWD


def work_folder(target: Path) -> Path:
    """Folder a run into ``target`` works in.

    Parameters
    ----------
    target : pathlib.Path
        Output folder, which need not exist.
    """
    target = target.resolve()
    return target.parent / f".{target.name}.work"


@contextmanager
def hold(target: Path) -> Iterator[Path]:
    """Be the only run that writes into a folder; what a killed one left half done is ended or removed first.

    Parameters
    ----------
    target : pathlib.Path
        Output folder; the folder above it must exist.

    Yields
    ------
    pathlib.Path
        The work folder; it goes again where it is left empty.

    Raises
    ------
    InputError
        Another run holds the folder.
    """
    work = work_folder(target)
    work.mkdir(exist_ok=True)
    lock = locket.lock_file(str(work / _LOCK), timeout=0)
    try:
        lock.acquire()
    except locket.LockError as error:
        raise _taken(target, work) from error
    try:
        me = {"pid": os.getpid(), "host": platform.node(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        (work / _HOLDER).write_text(json.dumps(me), encoding="utf-8")
        sweep(target)
        yield work
    finally:
        sweep(target)
        (work / _HOLDER).unlink(missing_ok=True)
        if {p.name for p in work.iterdir()} <= {_LOCK}:
            with suppress(OSError):
                (work / _LOCK).unlink()
        lock.release()
        with suppress(OSError):
            work.rmdir()


def _taken(target: Path, work: Path) -> Exception:
    from guanghui.geo.errors import InputError

    try:
        who = json.loads((work / _HOLDER).read_text(encoding="utf-8"))
        by = f" (process {who['pid']} on {who['host']}, since {who['since']})"
        by_zh = f"（{who['host']} 上的进程 {who['pid']}，始于 {who['since']}）"
    except (OSError, ValueError, KeyError, TypeError):  # just between taking the lock and saying who took it
        by = by_zh = ""
    return InputError(
        f"{target}: another run{by} is writing into this folder; wait until it has ended, or give another --out.",
        f"{target}：另一次运行{by_zh}正在写入此文件夹；请等它结束，或用 --out 指定其他文件夹。",
    )


def sweep(target: Path) -> None:
    """End what a killed publication began, and remove what nobody works on any more; only under the lock.

    Parameters
    ----------
    target : pathlib.Path
        Output folder.
    """
    target = target.resolve()
    work = work_folder(target)
    old = work / _OLD
    if old.is_dir() and not target.exists():
        old.rename(target)
    for stray in work.glob("*"):
        if stray.is_dir() and (stray.name == _OLD or stray.name.startswith(_NEW)):
            shutil.rmtree(stray, ignore_errors=True)
    for part in (work / PIECES).glob("*/??/.*.part"):
        part.unlink(missing_ok=True)


def new_staging(work: Path) -> Path:
    """Make an empty folder to be filled and published.

    Parameters
    ----------
    work : pathlib.Path
        Folder for work in progress, on the disk of the output.

    Returns
    -------
    pathlib.Path
        The new folder.
    """
    return Path(tempfile.mkdtemp(dir=work, prefix=_NEW))


def publish(staging: Path, target: Path, *, ours: Collection[Path] = ()) -> str:
    """Put a finished folder in the place of another; whoever looks sees the old one or the new one, never a mixture.

    Parameters
    ----------
    staging : pathlib.Path
        Filled folder inside the work folder of the target.
    target : pathlib.Path
        Output folder.
    ours : collection of pathlib.Path
        Files of the old folder, relative to it, that an earlier run wrote and that go. All others stay beside the new
        ones.

    Returns
    -------
    str
        ``rename``, ``exchange`` or ``two renames``.
    """
    target = target.resolve()
    staging.chmod(0o777 & ~_umask())
    if target.exists():
        _carry(staging, target, set(ours))
    _to_disk(staging)
    old = work_folder(target) / _OLD
    if not target.exists():
        staging.rename(target)
        how, gone = "rename", None
    elif _exchange(staging, target):
        how, gone = "exchange", staging
    else:
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        staging.rename(target)
        how, gone = "two renames", old
    _sync(target.parent)
    if gone is not None:
        shutil.rmtree(gone, ignore_errors=True)
    return how


def _carry(staging: Path, target: Path, ours: set[Path]) -> None:
    """Take over what is not ours: notes of a user, a file of another program."""
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target)
        new = staging / name
        if path.is_symlink() or (path.is_file() and name not in ours):
            if new.exists() or new.is_symlink():
                continue
            new.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                new.symlink_to(path.readlink())
                continue
            try:
                os.link(path, new)
            except OSError:
                shutil.copy2(path, new)
        elif path.is_dir() and not any(path.iterdir()):
            new.mkdir(parents=True, exist_ok=True)


def _umask() -> int:
    now = os.umask(0o022)
    os.umask(now)
    return now


def _to_disk(folder: Path) -> None:
    """Have the disk take everything before the swap, so that a power cut leaves no empty files."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    if os.name != "posix":  # a folder cannot be opened there
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:  # not every file system knows it; of room and disk it tells the truth
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where kernel or file system cannot."""
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if swap is None:
        return False
    return bool(swap(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)
