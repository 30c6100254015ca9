"""Whether results can be written where they are to go, found out before the work."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from guanghui.geo.errors import InputError

__all__ = ["made_above", "probe_folder"]

_PROBE_BYTES = 1 << 16


@contextmanager
def made_above(target: Path) -> Iterator[None]:
    """Make the folders above a target; those that were made go again where nothing came of it.

    Parameters
    ----------
    target : pathlib.Path
        Output folder.
    """
    made = []
    above = target.parent
    while not above.exists() and above != above.parent:
        made.append(above)
        above = above.parent
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in made:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def probe_folder(target: Path) -> None:
    """Find out before the work whether a folder, or the one it will be made in, can be written.

    Parameters
    ----------
    target : pathlib.Path
        Output folder, which need not exist; nothing is left behind.

    Raises
    ------
    OSError
        What the system says against it.
    InputError
        It is a mounted disk: the finished folder could not take its place.
    """
    if target.exists() and not target.is_dir():
        raise FileExistsError(errno.EEXIST, "not a folder", str(target))
    if target.is_mount():
        inside = target / "out"
        raise InputError(
            f"{target}: this folder is a disk of its own, which cannot be exchanged as a whole; give a folder inside "
            f"it, such as --out {inside}.",
            f"{target}：此文件夹是独立的挂载点，无法整体替换；请给出其中的文件夹，如 --out {inside}。",
        )
    for folder in (target.parent, target) if target.exists() else (target.parent,):
        try:
            with TemporaryFile(dir=folder) as file:
                file.write(bytes(_PROBE_BYTES))
                file.flush()
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(folder)) from error
