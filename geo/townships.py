"""Townships: the units every result is given for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from guanghui.geo.columns import require_columns, text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.notes import Notes
from guanghui.geo.vector import ellipsoid_area_m2, read_layer, to_crs

__all__ = ["assign_townships", "read_townships", "select_townships"]

_OVERLAP_SHARE = 1e-4
_NO_NAMES = {"", "null", "<null>", "nan", "none", "n/a", "na", "nil", "-", "--", "—", "/", "无", "空"}
"""What stands in a table where somebody left the name out."""


def read_townships(
    path: Path,
    *,
    name: str = "name",
    code: str | None = None,
    name_en: str | None = None,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    notes: Notes | None = None,
) -> gpd.GeoDataFrame:
    """Read the townships of a region.

    Parameters
    ----------
    path : pathlib.Path
        Polygon layer; several polygons with one code are one township.
    name, code, name_en : str
        Columns. Without a code column townships are numbered in the order of the file.
    layer, crs, encoding, notes
        As in :func:`geo.vector.read_layer`.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``code``, ``name``, ``name_en`` (text), ``area_m2`` (on the ellipsoid) and geometry in the file's CRS,
        sorted by code.

    Raises
    ------
    InputError
        Missing column, a township without a name, one code with two names, townships that overlap.

    Examples
    --------
    A layer with names and no codes; the area is that on the ellipsoid [ha]:

    >>> from tempfile import TemporaryDirectory
    >>> frame = gpd.GeoDataFrame({"XZM": ["甲乡"]}, geometry=[shapely.box(115.80, 29.20, 115.81, 29.21)], crs=4490)
    >>> with TemporaryDirectory() as folder:
    ...     frame.to_file(Path(folder) / "towns.gpkg")
    ...     towns = read_townships(Path(folder) / "towns.gpkg", name="XZM")
    >>> towns["name"].tolist(), round(float(towns["area_m2"].sum()) / 1e4, 1)
    (['甲乡'], 107.8)
    """
    notes = notes if notes is not None else Notes()
    raw = read_layer(path, layer=layer, crs=crs, encoding=encoding, notes=notes)
    wanted = {"townships.name": name, "townships.code": code, "townships.name_en": name_en}
    require_columns(path, raw, {key: column for key, column in wanted.items() if column is not None})
    frame = gpd.GeoDataFrame(geometry=raw.geometry, crs=raw.crs)
    frame["name"] = text_column(raw[name])
    nameless = frame["name"].str.lower().isin(_NO_NAMES).to_numpy()
    if nameless.any():
        rows, found = listing(np.flatnonzero(nameless) + 1), frame["name"][nameless].iloc[0]
        raise InputError(
            f"{path}: townships in rows {rows} have no name in column {name!r} ({found!r}); fill it in.",
            f"{path}：第 {rows} 行乡镇在字段 {name!r} 中没有名称（{found!r}）；请补全。",
        )
    frame["name_en"] = text_column(raw[name_en]) if name_en else ""
    width = len(str(len(frame)))
    names = list(dict.fromkeys(frame["name"]))
    frame["code"] = text_column(raw[code]) if code else [str(names.index(n) + 1).zfill(width) for n in frame["name"]]
    clash = frame.groupby("code")["name"].nunique()
    if (clash > 1).any():
        raise InputError(
            f"{path}: codes {listing(clash.index[clash > 1])} stand for two names each; correct column {code!r}.",
            f"{path}：代码 {listing(clash.index[clash > 1])} 对应两个名称；请更正字段 {code!r}。",
        )
    frame = frame.dissolve("code", as_index=False, aggfunc="first").sort_values("code", ignore_index=True)
    _tell_namesakes(path, frame, notes)
    _check_overlap(path, frame)
    frame["area_m2"] = ellipsoid_area_m2(frame)
    return frame[["code", "name", "name_en", "area_m2", "geometry"]]


def _tell_namesakes(path: Path, frame: gpd.GeoDataFrame, notes: Notes) -> None:
    """Tell townships of one name apart by their codes, in place: results are given by name."""
    same = frame["name"].duplicated(keep=False)
    if same.any():
        names = listing(dict.fromkeys(frame.loc[same, "name"]))
        frame.loc[same, "name"] = frame["name"] + " (" + frame["code"].astype(str) + ")"
        notes.add(path.name, f"{int(same.sum())} townships share a name ({names}): their codes were added to it",
                  f"{int(same.sum())} 个乡镇重名（{names}）：名称后已加代码区分")  # fmt: skip


def _check_overlap(path: Path, frame: gpd.GeoDataFrame) -> None:
    shapes = frame.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    left, right = left[pairs], right[pairs]
    common = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    for i in np.flatnonzero(common > _OVERLAP_SHARE * smaller):
        a, b = frame["name"].iloc[left[i]], frame["name"].iloc[right[i]]
        share = 100 * common[i] / smaller[i]
        raise InputError(
            f"{path}: townships {a!r} and {b!r} overlap by {share:.1f} % of the smaller; "
            "give borders in which every place belongs to one township.",
            f"{path}：乡镇 {a!r} 与 {b!r} 重叠，占较小者的 {share:.1f} %；请提供互不重叠的界线。",
        )


def select_townships(
    frame: gpd.GeoDataFrame, wanted: list[str] | tuple[str, ...], source: object = "--township"
) -> gpd.GeoDataFrame:
    """Keep the townships named by name, English name or code.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        ``name``, ``name_en`` and ``code``.
    wanted : list or tuple of str
        Names or codes; none keeps none.
    source : object, default "--township"
        What asked for them, for the error.

    Returns
    -------
    geopandas.GeoDataFrame
        Those named, in the order of ``frame``.

    Raises
    ------
    InputError
        If one is not known; the known ones are listed.
    """
    keep = np.zeros(len(frame), bool)
    for item in wanted:
        hit = (frame["name"] == item) | (frame["code"] == item) | ((frame["name_en"] == item) & (item != ""))
        if not hit.any():
            raise InputError(
                f"{source}: there is no township {item!r}; there are {listing(frame['name'], 40)}.",
                f"{source}：没有乡镇 {item!r}；现有 {listing(frame['name'], 40)}。",
            )
        keep |= hit.to_numpy()
    return frame[keep].reset_index(drop=True)


def assign_townships(features: gpd.GeoDataFrame, townships: gpd.GeoDataFrame) -> np.ndarray:
    """Give every feature to the township that holds most of it.

    Parameters
    ----------
    features, townships : geopandas.GeoDataFrame
        Polygons; the features are brought to the CRS of the townships.

    Returns
    -------
    numpy.ndarray
        Position of the township in ``townships`` for each feature, -1 where none touches it.
    """
    shapes = to_crs(features, CRS(townships.crs)).geometry.to_numpy()
    zones = townships.geometry.to_numpy()
    tree = shapely.STRtree(zones)
    inside, zone = tree.query(shapes, predicate="within")
    out = np.full(len(features), -1)
    out[inside] = zone
    rest = np.flatnonzero(out < 0)
    part, zone = tree.query(shapes[rest], predicate="intersects")
    best = np.zeros(len(rest))
    areas = shapely.area(shapely.intersection(shapes[rest[part]], zones[zone]))
    for i, z, area in zip(part, zone, areas, strict=True):
        if area > best[i]:
            best[i], out[rest[i]] = area, z
    return out
