"""Find and read the tables that ship with the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

__all__ = ["data_path", "read_table"]

_ROOT = Path(__file__).parent


def data_path(*parts: str) -> Path:
    """Path of a shipped file.

    Parameters
    ----------
    *parts : str
        Folder and file name below ``data/``, as in ``data_path("factors", "forest.csv")``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        If nothing of that name ships.
    """
    path = _ROOT.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"no shipped file {'/'.join(parts)}")
    return path


@lru_cache(maxsize=64)
def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8", comment="#", skipinitialspace=True)


def read_table(*parts: str) -> pd.DataFrame:
    """Read a shipped CSV table; lines that begin with ``#`` are notes.

    Parameters
    ----------
    *parts : str
        Folder and file name below ``data/``.

    Returns
    -------
    pandas.DataFrame
        A fresh copy, so that a caller may change it.
    """
    return _read(data_path(*parts)).copy()
