"""Translate the codes of a raster block by a table, fast, and say which codes the table does not know."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from guanghui.geo.compiled import njit

__all__ = ["CodeTable"]


class CodeTable:
    """Table from whole-number codes to values.

    Parameters
    ----------
    table : mapping
        Code -> value.
    dtype : data type
        Of the values.
    """

    def __init__(self, table: Mapping[int, float], dtype: npt.DTypeLike) -> None:
        self.low, high = min(table), max(table)
        self.values = np.zeros(high - self.low + 1, dtype)
        self.known = np.zeros(high - self.low + 1, np.bool_)
        for code, value in table.items():
            self.values[code - self.low] = value
            self.known[code - self.low] = True

    def translate(self, block: npt.NDArray[np.integer]) -> tuple[npt.NDArray[Any], dict[int, int]]:
        """Values of a block, and how many cells hold each code that is not in the table (their value is 0).

        Parameters
        ----------
        block : numpy.ndarray
            Codes, any shape.

        Returns
        -------
        tuple
            Values, shape of the block; cells by unknown code, empty where all are known.
        """
        out = np.zeros(block.shape, self.values.dtype)
        strange = _translate(block, self.low, self.values, self.known, out)
        if not strange:
            return out, {}
        inside = (block >= self.low) & (block < self.low + len(self.known))
        known = np.zeros(block.shape, bool)
        known[inside] = self.known[block[inside].astype(np.int64) - self.low]
        codes, cells = np.unique(block[~known], return_counts=True)
        return out, dict(zip(codes.tolist(), cells.tolist(), strict=True))


@njit(nogil=True, cache=True)
def _translate(block, low, values, known, out):
    strange = 0
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            place = np.int64(block[i, j]) - low
            if 0 <= place < len(values) and known[place]:
                out[i, j] = values[place]
            else:
                strange += 1
    return strange
