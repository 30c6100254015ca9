"""Compiled kernels: numba's ``njit``, with its cache in a folder of its own for each state of the code.

Numba keys a cached kernel by the file it stands in. A kernel that takes another in from a second file is not compiled
anew when that file changes, so a program brought up to date in place would go on with the old arithmetic. Here the
folder is named after the code of all rooms with kernels.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numba
from numba import njit

from guanghui.geo.files import tree_digest

__all__ = ["cache_folder", "njit"]

_ROOMS = ("geo", "pv")
_KEPT = 3
"""Folders of earlier states that stay, so that two checkouts or branches do not compile in turn."""


def cache_folder(top: Path | None = None) -> Path:
    """Folder of the kernels of this state of the code.

    Parameters
    ----------
    top : pathlib.Path, optional
        Folder that holds the rooms; that of this package by default.

    Returns
    -------
    pathlib.Path
        Beside this file where it can be written, else in the cache folder of the home.
    """
    top = Path(__file__).resolve().parents[1] if top is None else top
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "guanghui"
    beside = top / "geo" / "__pycache__"
    if os.access(beside.parent, os.W_OK):
        beside.mkdir(exist_ok=True)
    place = beside if os.access(beside, os.W_OK) else home
    return place / f"kernels-{tree_digest(top, _ROOMS, ('.py',))[:16]}"


def _use(folder: Path) -> None:
    """Keep kernels there; the oldest folders of earlier states go."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.touch()
        old = sorted(folder.parent.glob("kernels-*"), key=lambda p: p.stat().st_mtime, reverse=True)
        for gone in old[_KEPT:]:
            shutil.rmtree(gone, ignore_errors=True)
    except OSError:  # numba looks for a place of its own
        return
    numba.config.CACHE_DIR = str(folder)


if not os.environ.get("NUMBA_CACHE_DIR"):
    _use(cache_folder())
