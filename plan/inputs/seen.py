"""What lies in a folder, by what the files say of themselves: layers, rasters and sets of tiles, weather, tables."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from pyogrio.errors import DataSourceError
from rasterio.errors import RasterioError

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.geo.side_table import read_side_table
from guanghui.geo.vector import ellipsoid_area_m2, read_layer
from guanghui.pv.sun.weather_files import read_weather

__all__ = ["LISTS", "Layer", "Raster", "Seen", "Table", "WeatherFile", "look", "year_in"]

_VECTORS = {".shp", ".gpkg", ".geojson", ".parquet", ".geoparquet", ".gdb", ".kml", ".kmz", ".dxf", ".fgb"}
_RASTERS = {".tif", ".tiff", ".vrt", ".img", ".asc"}
_TABLES = {".csv", ".xlsx", ".xlsm"}
_WEATHER = {".epw", ".csv", ".json", ".txt"}
LISTS = (".csv", ".xlsx", ".xlsm")
"""Endings of lists that have no outlines."""
_DEEP = 3
_YEAR_ROWS = 8000
_SAMPLE = 400
_LOOK = 512
_DEGREES = "EPSG:4490"


@dataclass(frozen=True)
class Layer:
    """A vector layer that was read."""

    path: Path
    layer: str | None
    frame: gpd.GeoDataFrame
    area_m2: np.ndarray
    """Of a sample of its polygons [m²]."""
    said: tuple[str, ...]
    """What the reader noticed."""
    crs: str = ""
    """CRS it was read with because the file has none."""


@dataclass(frozen=True)
class Raster:
    """One raster, or tiles of one grid."""

    paths: tuple[Path, ...]
    pattern: str
    """As written in the region file, relative to the folder."""
    dtype: str
    bands: int
    cell_m: float
    values: np.ndarray
    """Known values of a coarse look at the first file."""
    year: int | None
    tags: str


@dataclass(frozen=True)
class WeatherFile:
    """A weather file that was read."""

    path: Path
    latitude: float
    longitude: float
    label: str
    missing: tuple[str, ...] = ()
    """Keys of ``[weather]`` without which it cannot be read."""


@dataclass(frozen=True)
class Table:
    """A table without geometry."""

    path: Path
    frame: pd.DataFrame


@dataclass
class Seen:
    """All that lies in a folder, and what could not be read."""

    folder: Path
    layers: list[Layer] = field(default_factory=list)
    rasters: list[Raster] = field(default_factory=list)
    weather: list[WeatherFile] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    refused: dict[str, InputError] = field(default_factory=dict)


def look(folder: Path) -> Seen:
    """Read what lies in a folder and up to two folders deeper.

    Parameters
    ----------
    folder : pathlib.Path
        Folder as a bureau handed it over.

    Returns
    -------
    Seen
        Files of other kinds are left out; what cannot be read stands in ``refused`` with its sentence.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder}: there is no such folder; give the one that holds the layers.",
            f"{folder}：没有此文件夹；请给出存放数据的文件夹。",
        )
    seen = Seen(folder)
    files = list(_files(folder))
    bare: list[tuple[Path, str | None]] = []
    for path in files:
        kind = path.suffix.lower()
        if kind in _VECTORS or (kind == ".json" and '"type"' in path.read_text("utf-8", "replace")[:2000]):
            bare += _layers(seen, path)
        elif kind in _WEATHER and _long(path, kind):
            _weather(seen, path)
        elif kind in _TABLES:
            _table(seen, path)
    _rasters(seen, [p for p in files if p.suffix.lower() in _RASTERS])
    for path, name in bare:
        _layer(seen, path, name, _crs_of(seen, path, name))
    return seen


def _files(folder: Path, deep: int = 0) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")):
            continue
        if path.is_file() or path.suffix.lower() == ".gdb":
            yield path
        elif path.is_dir() and deep < _DEEP - 1:
            yield from _files(path, deep + 1)


def _layers(seen: Seen, path: Path) -> list[tuple[Path, str | None]]:
    """Every polygon layer of a file; returns those that have no CRS."""
    names: list[str | None] = [None]
    if path.suffix.lower() not in {".parquet", ".geoparquet", ".kmz", ".dxf"}:
        try:
            listed = [str(n) for n, kind in pyogrio.list_layers(path) if kind is not None]
        except (DataSourceError, OSError, ValueError):
            listed = []
        names = list(listed) if len(listed) > 1 else names
    return [(path, name) for name in names if not _layer(seen, path, name)]


def _layer(seen: Seen, path: Path, name: str | None, crs: str = "") -> bool:
    """Read a layer; False where only its CRS is missing."""
    notes, key = Notes(), _key(seen, path, name)
    seen.refused.pop(key, None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = read_layer(path, layer=name, crs=crs or None, notes=notes)
    except InputError as error:
        seen.refused[key] = error
        return crs != "" or "no CRS" not in str(error)
    sample = frame.iloc[:: max(1, len(frame) // _SAMPLE)]
    said = tuple(note.text for note in notes)
    seen.layers.append(Layer(path, name, frame, ellipsoid_area_m2(sample), said, crs))
    return True


def _key(seen: Seen, path: Path, name: str | None) -> str:
    return path.relative_to(seen.folder).as_posix() + (f" ({name})" if name else "")


def _crs_of(seen: Seen, path: Path, name: str | None) -> str:
    """CRS of a layer that has none: degrees inside China, or the one in which it lies where the others lie."""
    try:
        west, south, east, north = pyogrio.read_info(path, layer=name, force_total_bounds=True)["total_bounds"]
    except (DataSourceError, OSError, ValueError):
        return ""
    if 70 < west <= east < 140 and 0 < south <= north < 60:
        return _DEGREES
    if not seen.layers:
        return ""
    there = np.array([layer.frame.to_crs(_DEGREES).total_bounds for layer in seen.layers])
    whole = shapely.box(*there[:, :2].min(axis=0), *there[:, 2:].max(axis=0))
    zone = round(float(shapely.get_x(shapely.centroid(whole))) / 3)
    own = [layer.frame.crs.to_string() for layer in seen.layers if layer.frame.crs.is_projected]
    for crs in dict.fromkeys([*own, f"EPSG:{4534 + zone - 25}", f"EPSG:{4513 + zone - 25}"]):
        box = gpd.GeoSeries([shapely.box(west, south, east, north)], crs=crs).to_crs(_DEGREES).iloc[0]
        if whole.intersects(box) and box.within(whole.buffer(0.02)):
            return str(crs)
    return ""


def _long(path: Path, kind: str) -> bool:
    """Whether it has as many lines as a year has hours."""
    if kind in (".epw", ".json"):
        return True
    with path.open("rb") as file:
        return sum(1 for _ in file) > _YEAR_ROWS


def _weather(seen: Seen, path: Path) -> None:
    """A weather file is one whatever it leaves unsaid of its place and clock."""
    given: dict[str, float] = {}
    middle = {"latitude": 30.0, "longitude": 116.0, "utc_offset": 8.0}
    for _ in range(len(middle) + 1):
        try:
            found = read_weather(path, **given)  # type: ignore[arg-type]
        except InputError as error:
            key = next((k for k in middle if k not in given and f"[weather] {k}" in str(error)), None)
            if key is None:
                seen.refused[_key(seen, path, None)] = error
                return
            given[key] = middle[key]
        else:
            asked = tuple(k for k in given if k == "utc_offset")  # the place is the middle of the region by default
            seen.weather.append(WeatherFile(path, found.latitude, found.longitude, found.label, asked))
            return


def _table(seen: Seen, path: Path) -> None:
    try:
        frame = read_side_table(path)
    except InputError as error:
        seen.refused[_key(seen, path, None)] = error
        return
    if path.suffix.lower() in LISTS:
        try:  # a list of roofs by place and area is a layer
            listed = read_layer(path, notes=Notes())
        except InputError:
            pass
        else:
            seen.layers.append(Layer(path, None, listed, ellipsoid_area_m2(listed), ("a list of places and areas",)))
            return
    seen.tables.append(Table(path, frame))


def _rasters(seen: Seen, paths: list[Path]) -> None:
    """One entry a file, tiles of one grid in one folder together."""
    heads = {}
    for path in paths:
        try:
            heads[path] = _head(path)
        except (RasterioError, OSError, ValueError) as error:
            what = str(error).splitlines()[0][:160]
            seen.refused[_key(seen, path, None)] = InputError(
                f"{path}: this raster cannot be read ({what}).", f"{path}：栅格无法读取（{what}）。"
            )
    for (parent, *_), group in groupby(sorted(heads, key=lambda p: (p.parent, heads[p][0])),
                                       key=lambda p: (p.parent, *heads[p][0])):  # fmt: skip
        files = list(group)
        apart = len({heads[p][1] for p in files}) == len(files)
        stems = {re.sub(r"[\d_\-NSEWnsew.]+", "", p.stem) for p in files}
        together = len(files) > 1 and apart and len(stems) == 1 and not any(year_in(p.stem) for p in files)
        for part in [files] if together else [[p] for p in files]:
            seen.rasters.append(_raster(seen.folder, parent, part))


def _head(path: Path) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """What tiles of one grid have in common, and the place that tells them apart."""
    with rasterio.open(path) as file:
        same = (str(file.crs), *file.dtypes, *(f"{v:.9g}" for v in file.res), str(file.nodata), path.suffix.lower())
        return same, tuple(round(v, 6) for v in file.bounds)


def _raster(folder: Path, parent: Path, files: list[Path]) -> Raster:
    with rasterio.open(files[0]) as file:
        shape = tuple(min(n, _LOOK) for n in file.shape)
        block = file.read(1, out_shape=shape, masked=True)
        scale, offset = file.scales[0], file.offsets[0]
        values = np.asarray(block.compressed(), dtype=float) * scale + offset
        cell = float(np.mean(np.abs(file.res)))
        if file.crs is not None and file.crs.is_geographic:
            cell *= 111_320.0
        tags = " ".join([*file.tags().values(), *(str(d) for d in file.descriptions if d)]).lower()
        dtype, bands = file.dtypes[0], file.count
    pattern = files[0].relative_to(folder).as_posix()
    if len(files) > 1:
        pattern = (parent.relative_to(folder) / f"*{files[0].suffix}").as_posix()
    return Raster(tuple(files), pattern, dtype, bands, cell, values[np.isfinite(values)], year_in(files[0].stem), tags)


def year_in(text: str) -> int | None:
    """The one year a name holds; None where it holds none or several.

    Parameters
    ----------
    text : str
        Name of a file or column; years of 1900 to 2099 count.
    """
    found = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text))
    return int(found.pop()) if len(found) == 1 else None
