"""Look-up of carbon by land-cover code from a table of one's own, as the InVEST carbon model takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from guanghui.geo.codes import CodeTable
from guanghui.geo.errors import InputError, listing

__all__ = ["PoolTable", "lookup", "read_pool_table", "translated"]

_COLUMNS = {"c_above": "above", "c_below": "below", "c_soil": "soil", "c_dead": "dead"}


@dataclass(frozen=True)
class PoolTable:
    """Carbon of every code by pool."""

    pools: pd.DataFrame
    """Index code; columns ``above``, ``below``, ``soil``, ``dead`` [t C/ha]."""
    source: str

    @property
    def total(self) -> dict[int, float]:
        """Code -> all pools together [t C/ha]."""
        sums = self.pools.sum(axis=1)
        return dict(zip(sums.index.astype(int).tolist(), sums.tolist(), strict=True))

    def refuse_missing(self, areas_m2: pd.Series) -> None:
        """Stop where codes of a map are not in the table.

        Parameters
        ----------
        areas_m2 : pandas.Series
            Code -> area.

        Raises
        ------
        InputError
            With the codes and their areas.
        """
        missing = areas_m2[~areas_m2.index.isin(self.pools.index)].sort_values(ascending=False)
        if len(missing):
            found = listing(f"{code} ({area / 1e4:,.4g} ha)" for code, area in missing.items())
            raise InputError(
                f"{self.source}: the table has no row for the codes {found} of the map; add them.",
                f"{self.source}：表中缺少图上代码 {found} 的行；请补充。",
            )


def read_pool_table(path: Path) -> PoolTable:
    r"""Read a table with the columns ``lucode``, ``c_above``, ``c_below``, ``c_soil``, ``c_dead`` [t C/ha].

    Parameters
    ----------
    path : pathlib.Path
        CSV, UTF-8; the columns of an InVEST carbon table.

    Returns
    -------
    PoolTable
        Pools by code [t C/ha].

    Raises
    ------
    InputError
        Missing file or column, a code twice, a value that is negative or no number.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "carbon.csv"
    ...     _ = path.write_text("lucode,c_above,c_below,c_soil,c_dead\n10,40,10,90,5\n", encoding="utf-8")
    ...     table = read_pool_table(path)
    >>> float(table.pools.loc[10].sum())
    145.0
    """
    if not path.exists():
        raise InputError(
            f"{path}: there is no such file; check the path of the carbon table.",
            f"{path}：没有此文件；请检查碳密度表的路径。",
        )
    table = pd.read_csv(path, encoding="utf-8-sig")
    table.columns = table.columns.str.strip().str.lower()
    missing = [c for c in ("lucode", *_COLUMNS) if c not in table.columns]
    if missing:
        raise InputError(
            f"{path}: the carbon table lacks the columns {listing(missing)}.",
            f"{path}：碳密度表缺少列 {listing(missing)}。",
        )
    if table["lucode"].duplicated().any():
        twice = listing(table["lucode"][table["lucode"].duplicated()])
        raise InputError(
            f"{path}: the codes {twice} occur twice; one row each.", f"{path}：代码 {twice} 重复；每个代码一行。"
        )
    pools = table.set_index("lucode")[list(_COLUMNS)].apply(pd.to_numeric, errors="coerce").rename(columns=_COLUMNS)
    wrong = pools.index[(pools.isna() | (pools < 0)).any(axis=1)]
    if len(wrong):
        raise InputError(
            f"{path}: codes {listing(wrong)} have a value that is negative or no number.",
            f"{path}：代码 {listing(wrong)} 的值为负或不是数字。",
        )
    pools.index = pools.index.astype(int)
    return PoolTable(pools, str(path))


def lookup(
    codes: xr.DataArray, table: Mapping[int, float], *, name: str = "density", units: str = "t C/ha"
) -> xr.DataArray:
    """Value of the table for every cell, lazily.

    Parameters
    ----------
    codes : xarray.DataArray
        Whole-number codes, dims (y, x); ``attrs["nodata"]`` becomes NaN, also when the table has it.
    table : mapping
        Code -> value.
    name, units : str
        Kept in the raster.

    Returns
    -------
    xarray.DataArray
        float32, NaN where there is no data.

    Raises
    ------
    InputError
        When computed, if a code is missing in the table.
    """
    void = codes.attrs.get("nodata")
    full = {**{int(k): float(v) for k, v in table.items()}, **({int(void): np.nan} if void is not None else {})}
    known = CodeTable(full, np.float32)

    out = translated(codes if codes.chunks else codes.chunk(), known, np.float32)
    out.name, out.attrs = name, {"units": units, "long_name": name}
    return out


def translated(codes: xr.DataArray, known: CodeTable, dtype: npt.DTypeLike) -> xr.DataArray:
    """Codes of a map brought to other values block by block, lazily.

    Parameters
    ----------
    codes : xarray.DataArray
        Whole-number codes in chunks, dims (y, x).
    known : CodeTable
        What each code becomes.
    dtype : dtype
        Of the values.

    Raises
    ------
    InputError
        When computed, if the table lacks a code.
    """

    def block(values: npt.NDArray[np.integer]) -> npt.NDArray[np.generic]:
        out, strange = known.translate(values)
        if strange:
            found = listing(f"{c} ({n} cells)" for c, n in strange.items())
            raise InputError(
                f"carbon table: it has no row for the codes {found} of the map; add them.",
                f"碳密度表：缺少图上代码 {found} 的行；请补充。",
            )
        return out

    return codes.copy(data=codes.data.map_blocks(block, dtype=dtype, meta=np.empty((0, 0), dtype)))
