"""One reader for the small tables beside the layers: text in UTF-8 or GB18030, Excel, or the table of a layer."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError

from guanghui.geo.errors import InputError
from guanghui.geo.written import written_number

__all__ = ["EXCEL_ENDS", "LAYER_ENDS", "match_township", "plain_numbers", "read_side_table"]

_ENDINGS = ("街道办事处", "街道", "民族乡", "管理区", "镇", "乡")
EXCEL_ENDS = (".xlsx", ".xlsm")
"""Endings of workbooks."""
LAYER_ENDS = (".gpkg", ".shp", ".geojson", ".json", ".gdb", ".fgb", ".parquet")
"""Endings of layers whose columns are read as a table."""
_SEPARATORS = (",", ";", "\t")
_TITLES, _HEADER_SHARE = 20, 0.6
"""Titles stand in so many first lines at most; a header fills this share of the columns at least."""
_WRONG = (ValueError, KeyError, OSError, BadZipFile, DataSourceError, pd.errors.ParserError, pd.errors.EmptyDataError)


def read_side_table(path: Path) -> pd.DataFrame:
    """Read a table as text, whatever a bureau saved it as.

    Parameters
    ----------
    path : pathlib.Path
        CSV (``,`` ``;`` or tab, lines with ``#`` left out) in UTF-8 or GB18030, Excel (the first sheet
        that holds a table), or a vector layer; titles above the header are left out.

    Returns
    -------
    pandas.DataFrame
        Text in every cell without spaces around it, NaN where empty; headers alike.

    Raises
    ------
    InputError
        If it cannot be read, or holds no row.
    """
    kind = path.suffix.lower()
    try:
        if kind in EXCEL_ENDS:
            table = _from_excel(path)
        elif kind in LAYER_ENDS:
            table = pyogrio.read_dataframe(path, read_geometry=False)
            table = table.astype(object).where(table.notna()).map(lambda v: v if pd.isna(v) else str(v))
        else:
            table = _from_text(path)
    except _WRONG as error:
        what = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise InputError(
            f"{path}: this table cannot be read ({what}); save it as a CSV in UTF-8 or as .xlsx.",
            f"{path}：表格无法读取（{what}）；请另存为 UTF-8 编码的 CSV 或 .xlsx。",
        ) from error
    table.columns = [str(c).strip().lstrip("\ufeff") for c in table.columns]
    table = table.apply(lambda c: c.astype("string").str.strip()).replace("", pd.NA).astype(object)
    table = table.where(table.notna(), np.nan)
    table = table.dropna(how="all").reset_index(drop=True)
    if table.empty:
        raise InputError(
            f"{path}: this table holds no row; fill it in or remove its section.",
            f"{path}：表格没有数据行；请填写或删除该段。",
        )
    return table


def _from_excel(path: Path) -> pd.DataFrame:
    """First sheet that holds a table, as text; a broken workbook makes its reader raise whatever its parts raise."""
    try:
        sheets = pd.read_excel(path, dtype=str, header=None, sheet_name=None)
    except (*_WRONG, MemoryError):
        raise
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    tables = [_below_titles(rows) for rows in sheets.values()]
    return next((t for t in tables if t.shape[1] > 1 and len(t)), tables[0] if tables else pd.DataFrame())


def _below_titles(rows: pd.DataFrame) -> pd.DataFrame:
    """Table whose header is the first row about as wide as the widest: titles above it fill a cell or two."""
    filled = rows.notna().sum(axis=1)
    wide = filled >= _HEADER_SHARE * filled.max() if len(rows) else filled.astype(bool)
    if not wide.any():
        return pd.DataFrame()
    start = int(np.argmax(wide.to_numpy()))
    names = rows.iloc[start]
    kept = [i for i in range(rows.shape[1]) if pd.notna(names.iloc[i]) or rows.iloc[start + 1 :, i].notna().any()]
    table = rows.iloc[start + 1 :, kept].reset_index(drop=True)
    table.columns = [str(names.iloc[i]) if pd.notna(names.iloc[i]) else f"Unnamed: {i}" for i in kept]
    return table


def _from_text(path: Path) -> pd.DataFrame:
    raw = path.read_bytes()
    if b"\x00" in raw[:1000]:
        raise ValueError("it is no text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first = max(lines[:_TITLES], key=lambda line: max(map(line.count, _SEPARATORS)), default="")
    separator = max(_SEPARATORS, key=first.count)
    titles = 0
    while titles < min(len(lines) - 1, _TITLES) and lines[titles].strip(f"{separator} ").count(separator) == 0 < (
        first.count(separator)
    ):
        titles += 1
    return pd.read_csv(io.StringIO("\n".join(lines[titles:])), dtype=str, sep=separator, skipinitialspace=True)


def plain_numbers(values: pd.Series) -> pd.Series:
    """Numbers as people write them: ``1,000``, full width, spaces; NaN for what is none.

    Parameters
    ----------
    values : pandas.Series
        Text.

    Examples
    --------
    >>> plain_numbers(pd.Series(["1,000", "１２.５", " 3 ", "x"])).tolist()
    [1000.0, 12.5, 3.0, nan]
    """
    return values.fillna("").astype(str).map(written_number).astype(float)


def match_township(written: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Full name of each township as written, short or full; what fits none or several is left out.

    Parameters
    ----------
    written : iterable of str
        Names as the table has them.
    known : iterable of str
        Full names of the townships.

    Returns
    -------
    dict
        Full name by name as written.

    Examples
    --------
    >>> match_township(["甘露", "江益镇"], ["甘露镇", "江益镇"])
    {'甘露': '甘露镇', '江益镇': '江益镇'}
    """
    names = list(dict.fromkeys(known))
    by_short: dict[str, list[str]] = {}
    for name in names:
        by_short.setdefault(_short(name), []).append(name)
    out = {}
    for word in written:
        fits = [word] if word in names else by_short.get(_short(word), []) if word == _short(word) else []
        if len(fits) == 1:
            out[word] = fits[0]
    return out


def _short(name: str) -> str:
    return next((name[: -len(e)] for e in _ENDINGS if name.endswith(e) and len(name) > len(e) + 1), name)
