"""Rows of a long list, written as text into a sheet that openpyxl made: a list of all roofs costs a second, not thirty.

openpyxl builds an object for every cell. Here it makes the sheet with its heads, widths, filter and one row that shows
how each column looks; the rows are then written column by column in that look. Measures keep six digits, as the
number formats show no more; the CSV beside has twelve.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter

__all__ = ["LONG", "rows_into"]

LONG = 400
"""A frame of more rows is written so."""
_FIRST = 4
"""Row of the first values in a sheet."""
_DIGITS = 6
_ROW = re.compile(rb'<row r="(\d+)"[^>]*>.*?</row>', re.DOTALL)
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"([^>]*?)/?>')
_STYLE = re.compile(rb'\bs="(\d+)"')


def rows_into(sheet: bytes, frame: pd.DataFrame, plain: Callable[[Any], Any]) -> bytes:
    """Put the rows of a frame in the place of the one row that shows their look.

    Parameters
    ----------
    sheet : bytes
        XML of the sheet as openpyxl wrote it: three rows of heads, one of values, perhaps a total.
    frame : pandas.DataFrame
        All rows.
    plain : callable
        Makes of a value what a cell may hold: number, text or None.

    Returns
    -------
    bytes
    """
    found = {int(m[1]): m for m in _ROW.finditer(sheet)}
    look = found[_FIRST]
    styles = {
        cell[1].decode(): f' s="{style[1].decode()}"'
        for cell in _CELL.finditer(look[0])
        if (style := _STYLE.search(cell[2])) is not None
    }
    columns = [_cells(frame.iloc[:, k], styles.get(get_column_letter(k + 1), ""), plain) for k in range(frame.shape[1])]
    lines = [
        f'<row r="{number}">{"".join(cells)}</row>'
        for number, cells in enumerate(zip(*columns, strict=True), start=_FIRST)
    ]
    total = found.get(_FIRST + 1)
    if total is not None:
        last = len(frame) + _FIRST
        text = re.sub(rf'r="([A-Z]*){_FIRST + 1}"', rf'r="\g<1>{last}"', total[0].decode())
        lines.append(text)
    end = look.end() if total is None else total.end()
    return sheet[: look.start()] + "".join(lines).encode() + sheet[end:]


def _cells(column: pd.Series, style: str, plain: Callable[[Any], Any]) -> list[str]:
    """Cells of a column as XML; without addresses, for they follow each other."""
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
    if kind == "f":
        return [
            f"<c{style}><v>{v:.{_DIGITS}g}</v></c>" if v == v and abs(v) != np.inf else "<c/>" for v in column.tolist()
        ]
    if kind in "iu":
        return [f"<c{style}><v>{v}</v></c>" for v in column.tolist()]
    known: dict[Any, str] = {}
    out = []
    for value in column:
        try:
            cell = known.get(value)
        except TypeError:
            cell = None
        if cell is None or isinstance(value, bool | int | float):
            cell = _cell(plain(value), style)
            if isinstance(value, str):
                known[value] = cell
        out.append(cell)
    return out


def _cell(value: Any, style: str) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, float):
        return f"<c{style}><v>{value:.{_DIGITS}g}</v></c>"
    if isinstance(value, int):
        return f"<c{style}><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
