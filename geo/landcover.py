"""Land cover: the legends of the usual products, brought to one set of classes.

A code is never guessed: what a legend does not explain stops the work with the code and its area, and the product that
comes in three numberings is told apart by the codes present or asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr

from data import read_table
from geo.coverage import zone_shapes
from geo.errors import InputError, listing
from geo.grid import Grid
from geo.raster import CHUNK, RasterSource, open_raster
from geo.vector import text_column
from geo.zonal import class_areas

__all__ = [
    "GROUPS",
    "LandClass",
    "LandCover",
    "Legend",
    "group_table",
    "land_class",
    "land_classes",
    "legend",
    "legends",
    "wetland_types",
]

GROUPS = ("forest", "wetland", "cropland", "green", "other")
UNKNOWN = 0
_UNEXPLAINED = 255
_ESRI = ("esri_yearly", "esri_2020", "esri_remapped")
_CORINE_SPLIT = 100


@dataclass(frozen=True)
class LandClass:
    """One of the common land classes."""

    id: int
    """Code in classified rasters (uint8); 0 is no data."""
    key: str
    parent: str
    """Key of the class whose factors stand in where this one has none; empty at the top."""
    group: str
    """One of ``GROUPS``; empty for no data."""
    ipcc: str
    """IPCC land-use category: F, C, G, W, S or O."""
    label_zh: str
    label_en: str
    colour: str
    """Colour of the class on maps, ``#rrggbb``."""

    @property
    def lineage(self) -> tuple[str, ...]:
        """Key of the class and of its parents, nearest first."""
        return (self.key, *(land_class(self.parent).lineage if self.parent else ()))


@lru_cache(maxsize=1)
def land_classes() -> Mapping[str, LandClass]:
    """All common classes by key, in the order of their ids."""
    table = read_table("legends", "classes.csv").fillna("")
    rows = (LandClass(int(r.pop("id")), **{str(k): str(v) for k, v in r.items()}) for r in table.to_dict("records"))
    return MappingProxyType({row.key: row for row in rows})


@lru_cache(maxsize=256)
def land_class(key: str | int) -> LandClass:
    """Class of a key or an id.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> land_class("marsh").label_zh
    '草本沼泽'
    """
    classes = land_classes()
    if isinstance(key, str) and key in classes:
        return classes[key]
    for row in classes.values():
        if row.id == key:
            return row
    raise InputError(f"{key!r} is no land class; the classes are {listing(classes, 60)}.")


def group_table() -> pd.DataFrame:
    """Return the main groups: ``key``, ``label_zh``, ``label_en``, ``colour``."""
    return read_table("legends", "groups.csv")


@dataclass(frozen=True, eq=False)
class Legend:
    """What the codes of a land-cover product mean."""

    name: str
    title_zh: str
    title_en: str
    classes: Mapping[int, str]
    """Code -> key of the common class."""
    labels: Mapping[int, tuple[str, str]]
    """Code -> the product's own name in Chinese and English."""
    nodata: frozenset[int]
    """Codes that mean no data or cloud, beside the nodata value of the file."""
    source: str
    mark: str
    """V read in the source, 2 second hand, M from memory."""

    def explains(self, codes: Iterable[int]) -> bool:
        """Tell whether every code has a meaning."""
        return all(c in self.classes or c in self.nodata for c in codes)


@lru_cache(maxsize=1)
def _presets() -> pd.DataFrame:
    return read_table("legends", "presets.csv").set_index("legend")


def legends() -> tuple[str, ...]:
    """Names of the legends that ship; ``esri`` beside them finds out which numbering a raster has."""
    return tuple(_presets().index)


@lru_cache(maxsize=64)
def legend(name: str) -> Legend:
    """Legend that ships under a name.

    Raises
    ------
    InputError
        If none does; the names are listed.

    Examples
    --------
    >>> legend("worldcover").classes[90]
    'marsh'
    """
    presets = _presets()
    if name not in presets.index:
        raise InputError(f"landcover: there is no legend {name!r}; use one of esri, {listing(presets.index, 40)}.")
    row, table = presets.loc[name], read_table("legends", f"{name}.csv")
    codes = [int(c) for c in table["code"]]
    return Legend(
        name,
        str(row["title_zh"]),
        str(row["title_en"]),
        MappingProxyType(dict(zip(codes, (land_class(k).key for k in table["class"]), strict=True))),
        MappingProxyType(dict(zip(codes, zip(table["label_zh"], table["label_en"], strict=True), strict=True))),
        frozenset(int(c) for c in str(row["nodata"]).split(";")),
        str(row["source"]),
        str(row["mark"]),
    )


def custom_legend(mapping: Mapping[int, str], name: str = "custom") -> Legend:
    """Legend from a table of the user: code -> key of a common class (``"unknown"`` for no data).

    Raises
    ------
    InputError
        If a key is no class.
    """
    keys = {int(c): land_class(k) for c, k in mapping.items()}
    return Legend(
        name,
        "自定义图例",
        "custom legend",
        MappingProxyType({c: k.key for c, k in keys.items() if k.id}),
        MappingProxyType({c: (k.label_zh, k.label_en) for c, k in keys.items()}),
        frozenset(c for c, k in keys.items() if not k.id),
        "given by the user",
        "V",
    )


@dataclass(frozen=True)
class LandCover:
    """A land-cover raster, the legend of its codes and the year it shows."""

    source: RasterSource
    legend: str | Legend
    """Name of a preset, ``"esri"`` (which of its numberings is found out), or a legend of one's own."""
    year: int | None = None
    part: Grid | None = None
    """Window of the raster that is used; all of it by default."""

    @property
    def grid(self) -> Grid:
        """Grid the classes are on: that of the raster, or the window of it."""
        return self.part or self.source.grid

    def clip(self, zones: gpd.GeoDataFrame, margin: int = 1) -> LandCover:
        """Use only the window of the raster around some zones.

        Parameters
        ----------
        zones : geopandas.GeoDataFrame
            Polygons, any CRS.
        margin : int, default 1
            Cells kept around them.

        Raises
        ------
        InputError
            If the zones lie wholly outside the raster.
        """
        whole = self.source.grid
        west, south, east, north = shapely.total_bounds(zone_shapes(zones, whole.crs))
        dx, dy = margin * whole.cell[0], margin * whole.cell[1]
        rows, cols = whole.window((west - dx, south - dy, east + dx, north + dy))
        if rows.start >= rows.stop or cols.start >= cols.stop:
            raise InputError(
                f"{self.source.label}: the land cover lies outside the townships; check its CRS and the place it shows."
            )
        return replace(self, part=whole.part(rows, cols))

    def codes(self, chunk: int = CHUNK) -> xr.DataArray:
        """Codes of the product as they are, lazily; dims (y, x), nodata in ``attrs``."""
        array = open_raster(self.source, name="landcover", chunk=chunk)
        if array.dtype.kind == "f":
            raise InputError(f"{self.source.label}: data type {array.dtype} holds no classes; give whole numbers.")
        if self.part is None:
            return array
        rows, cols = self._window()
        part = array.isel(y=slice(rows, rows + self.part.height), x=slice(cols, cols + self.part.width))
        return part.rio.write_transform(self.part.transform)

    def _window(self) -> tuple[int, int]:
        assert self.part is not None
        whole, t = self.source.grid.transform, self.part.transform
        return round((t.f - whole.f) / whole.e), round((t.c - whole.c) / whole.a)

    def census(self) -> pd.Series:
        """Area of every code in the window [m²], index ``code``; nodata is left out."""
        return _census(self)

    def numbering(self) -> Legend:
        """Legend in use; for ``"esri"`` the numbering the codes fit.

        Raises
        ------
        InputError
            If the codes fit no numbering, or more than one.
        """
        if isinstance(self.legend, Legend):
            return self.legend
        if self.legend != "esri":
            return legend(self.legend)
        return legend(_esri_numbering(self.source.label, set(self.census().index)))

    def check(self) -> pd.Series:
        """Read the window once and make sure that every code is explained; area by code [m²].

        Raises
        ------
        InputError
            With the unexplained codes and their areas.
        """
        areas, known = self.census(), self.numbering()
        refuse_unexplained(self.source.label, known, areas)
        return areas

    def table(self) -> dict[int, int]:
        """Code -> id of the common class, 0 for codes that mean no data."""
        known = self.numbering()
        ids = {code: land_class(key).id for code, key in known.classes.items()}
        void = set(known.nodata) | ({int(self.source.nodata)} if self.source.nodata is not None else set())
        return {**ids, **dict.fromkeys(void, UNKNOWN)}

    def classify(self, chunk: int = CHUNK, *, check: bool = True) -> xr.DataArray:
        """Translate codes to common classes on the raster's own grid, lazily.

        Parameters
        ----------
        chunk : int, default 2048
            Side of a chunk [cells].
        check : bool, default True
            Read the codes once beforehand, so that an unexplained one is reported with its whole area; without it
            the block that meets one stops.

        Returns
        -------
        xarray.DataArray
            uint8 ids of :func:`land_classes`, dims (y, x), 0 where there is no data (``attrs["nodata"]``).

        Raises
        ------
        InputError
            If a code is not explained by the legend: the codes and their areas.
        """
        if check:
            self.check()
        codes = self.codes(chunk)
        table, label, name = self.table(), self.source.label, self.numbering().name
        data = codes.data.map_blocks(_look_up, table, label, name, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
        out = codes.copy(data=data)
        out.name, out.attrs = "land_class", {"nodata": UNKNOWN, "legend": name, "long_name": "land class"}
        return out


@lru_cache(maxsize=32)
def _census(land: LandCover) -> pd.Series:
    grid, codes = land.grid, land.codes()
    box = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs)
    area = class_areas(codes, box).area_m2.iloc[0]
    area.index.name, area.name = "code", "area_m2"
    return area


def refuse_unexplained(label: str, known: Legend, areas: pd.Series) -> None:
    """Stop where a raster holds codes its legend does not explain.

    Parameters
    ----------
    label : str
        Raster, for the message.
    known : Legend
        Its legend.
    areas : pandas.Series
        Code -> area [m²].

    Raises
    ------
    InputError
        With codes and areas, largest first.
    """
    strange = areas[[c not in known.classes and c not in known.nodata for c in areas.index]]
    if len(strange):
        strange = strange.sort_values(ascending=False)
        found = listing(f"{code} ({area / 1e4:,.1f} ha)" for code, area in strange.items())
        raise InputError(
            f"{label}: legend {known.name!r} does not explain the codes {found}; choose the legend of the product "
            "or give a table of your own."
        )
    if known.name == "corine":
        low = [c for c in areas.index if c in known.classes and c < _CORINE_SPLIT]
        if low and len(low) < sum(c in known.classes for c in areas.index):
            raise InputError(f"{label}: CORINE codes 1-44 and 111-523 are mixed in one raster; use one numbering.")


def _esri_numbering(label: str, codes: set[int]) -> str:
    """Numbering of the ESRI product that the codes fit; a place without trees and without crops fits none."""
    fits = []
    for name in _ESRI:
        known = legend(name)
        living = {c for c, k in known.classes.items() if k in ("forest", "cropland")}
        if known.explains(codes) and living & codes:
            fits.append(name)
    if len(fits) == 1:
        return fits[0]
    options = " or ".join(f'"{name}" ({legend(name).title_en})' for name in (fits or _ESRI))
    raise InputError(
        f"{label}: codes {listing(sorted(codes), 12)} fit {'several numberings' if fits else 'no numbering'} of the "
        f"ESRI land cover for certain; set legend = {options}."
    )


def _look_up(block: npt.NDArray[np.integer], table: Mapping[int, int], label: str, name: str) -> npt.NDArray[np.uint8]:
    low, high = min(table), max(table)
    ids = np.full(high - low + 2, _UNEXPLAINED, np.uint8)
    ids[[code - low for code in table]] = list(table.values())
    place = block.astype(np.int64) - low
    place[(place < 0) | (place > high - low)] = high - low + 1
    out: npt.NDArray[np.uint8] = ids[place]
    if (out == _UNEXPLAINED).any():
        strange, cells = np.unique(block[out == _UNEXPLAINED], return_counts=True)
        found = listing(f"{c} ({n} cells)" for c, n in zip(strange.tolist(), cells.tolist(), strict=True))
        raise InputError(f"{label}: legend {name!r} does not explain the codes {found} of one block.")
    return out


def wetland_types(words: pd.Series, mapping: Mapping[str, str] | None = None) -> pd.Series:
    """Land class of wetland polygons from the words in their type column.

    Parameters
    ----------
    words : pandas.Series
        Chinese or English names, class keys, OpenStreetMap values.
    mapping : mapping, optional
        Word -> key of a wetland class, looked at first.

    Returns
    -------
    pandas.Series
        Key of a class of the group ``wetland``, on the index of ``words``.

    Raises
    ------
    InputError
        If a word is not known; the words and how often they occur are listed.
    """
    own = {str(k).strip().lower(): land_class(v).key for k, v in (mapping or {}).items()}
    known = {**_wetland_words(), **own}
    longest = sorted((w for w in known if len(w) > 1), key=len, reverse=True)

    def find(word: str) -> str:
        text = word.strip().lower()
        return known.get(text) or next((known[w] for w in longest if w in text), "")

    text = text_column(words)
    found = text.map({word: find(word) for word in text.unique()})
    strange = text[found == ""].value_counts()
    if len(strange):
        what = listing(f"{word or '(empty)'} ({count})" for word, count in strange.items())
        raise InputError(f"wetlands: the type {what} is not known; name it in [wetlands.types] = class key.")
    return pd.Series(found.to_numpy(), index=words.index, name="wetland_type")


@lru_cache(maxsize=1)
def _wetland_words() -> Mapping[str, str]:
    classes = [c for c in land_classes().values() if c.group == "wetland"]
    words = {name.lower(): c.key for c in classes for name in (c.key, c.label_zh, c.label_en)}
    table = read_table("legends", "wetland_words.csv")
    return MappingProxyType({**words, **dict(zip(table["word"].str.lower(), table["class"], strict=True))})
