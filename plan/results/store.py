"""Results on disk: tables as Parquet, masks as GeoTIFF, and one small JSON that says how they belong together.

Everything a page, a workbook or a brief says is drawn from what is kept here. Lazy maps of carbon are not kept: the
same code lays them anew from inputs whose fingerprints were compared first
(:func:`plan.inputs.manifest.changed_since`).
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import xarray as xr
from pydantic import BaseModel
from pyproj import CRS

from guanghui.geo.errors import InputError, all_of
from guanghui.geo.files import atomic
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Note
from guanghui.geo.raster import from_numpy, write_cog
from guanghui.plan.inputs.manifest import changed_since, no_results
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Results
from guanghui.sinks.stock import with_maps

__all__ = ["FOLDER", "UNREADABLE", "Reader", "Writer", "load", "read", "save"]

FOLDER = "results"
"""Below the output folder of a region."""
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError)
"""What a damaged store raises."""
_TREE = "results.json"
_FORMAT = 1
_ROOT = "guanghui."
_LAZY = {("Stock", "units"), ("Stock", "density"), ("Stock", "forest_source")}


def save(region: Region, results: Results, folder: Path) -> list[Path]:
    """Keep results and the notes of the region.

    Parameters
    ----------
    region : Region
        Its notes go with the results.
    results : Results
        What was worked out.
    folder : pathlib.Path
        Output folder; the files go into ``results/`` below it.

    Returns
    -------
    list of pathlib.Path
        Files written.
    """
    writer = Writer(folder / FOLDER)
    tree = {
        "format": _FORMAT,
        "results": writer.node(dataclasses.replace(results, seconds={}), ""),
        "notes": [[n.source, n.text, n.text_zh] for n in region.notes],
    }
    with atomic(writer.folder / _TREE) as part:
        part.write_text(json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")
    return [*writer.files, writer.folder / _TREE]


def load(region: Region, folder: Path | None = None) -> Results:
    """Open the results of a finished run; its notes take the place of those of the region.

    Parameters
    ----------
    region : Region
        The region they were made from.
    folder : pathlib.Path, optional
        Output folder of the run; the region's own by default.

    Returns
    -------
    Results
        The figures of the run, exactly.

    Raises
    ------
    InputError
        If there are no results, or the region file or an input is another than they were made from.

    Examples
    --------
    >>> import guanghui as gh
    >>> city = gh.open("my-county.toml")  # doctest: +SKIP
    >>> results = gh.load(city)  # doctest: +SKIP
    """
    target = region.out if folder is None else Path(folder)
    changed = changed_since(region, target)
    if changed:
        raise all_of(changed)
    return read(region, target)


def read(region: Region, folder: Path) -> Results:
    """Results as they were kept, without comparing the region with them.

    Parameters
    ----------
    region : Region
        Gets the notes of the run.
    folder : pathlib.Path
        Output folder.

    Raises
    ------
    InputError
        If there are no results, or they are of another version or incomplete.
    """
    below = folder / FOLDER
    path = below / _TREE
    if not path.is_file():
        raise no_results(path)
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        if tree["format"] != _FORMAT:
            raise InputError(
                f"{path}: the results are of format {tree['format']}, this version reads {_FORMAT}; "
                "run `guanghui run` again.",
                f"{path}：结果为格式 {tree['format']}，本版本读取格式 {_FORMAT}；请重新运行 guanghui run。",
            )
        notes = [Note(*map(str, entry)) for entry in tree["notes"]]
        results = Reader(below).value(tree["results"])
    except InputError:
        raise
    except UNREADABLE as error:
        raise InputError(
            f"{path}: the results cannot be read ({error}); run `guanghui run` again.",
            f"{path}：结果无法读取（{error}）；请重新运行 guanghui run。",
        ) from error
    if not isinstance(results, Results):
        raise InputError(
            f"{path}: these are no results of a run; run `guanghui run` again.",
            f"{path}：不是运行结果；请重新运行 guanghui run。",
        )
    region.notes.items[:] = notes
    if results.stock is not None:
        results = dataclasses.replace(results, stock=with_maps(results.stock, region))
    return results


class Writer:
    """Turns values into JSON nodes, frames and masks into files beside."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, list[Path]()

    def node(self, value: Any, name: str) -> Any:
        """JSON of a value; ``name`` is its dotted place, and the name of its file.

        Parameters
        ----------
        value : object
            Result, or a part of one.
        name : str
            Place in the results, for instance ``stock.table``.

        Returns
        -------
        object
            What JSON holds; tables and masks are written beside.

        Raises
        ------
        TypeError
            If values of its kind cannot be kept.
        """
        if value is None or isinstance(value, str | bool | int):
            return value
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"is": "float", "value": repr(float(value))}
        if isinstance(value, np.generic):
            return self.node(value.item(), name)
        if isinstance(value, pd.Series | pd.DataFrame | np.ndarray):
            return self._table(value, name)
        if isinstance(value, xr.DataArray):
            return self._mask(value, name)
        if isinstance(value, BaseModel):
            return {"is": "model", "class": _class(value), "value": value.model_dump(mode="json")}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            own = type(value).__name__
            parts = {
                f.name: self.node(getattr(value, f.name), f"{name}.{f.name}" if name else f.name)
                for f in dataclasses.fields(value)
                if f.init and (own, f.name) not in _LAZY
            }
            return {"is": "object", "class": _class(value), "parts": parts}
        if isinstance(value, Mapping):
            pairs = [[self.node(k, name), self.node(v, f"{name}.{k}")] for k, v in value.items()]
            return {"is": "mapping", "pairs": pairs}
        if isinstance(value, tuple | list):
            parts_ = [self.node(v, f"{name}.{k}") for k, v in enumerate(value)]
            return parts_ if isinstance(value, list) else {"is": "tuple", "parts": parts_}
        raise TypeError(f"{name}: {type(value).__name__} cannot be kept with results")

    def _table(self, value: pd.Series | pd.DataFrame | np.ndarray, name: str) -> dict[str, Any]:
        kind = {pd.Series: "series", np.ndarray: "array"}.get(type(value), "frame")
        kind = "geoframe" if isinstance(value, gpd.GeoDataFrame) else kind
        node: dict[str, Any] = {"is": kind, "file": f"{name}.parquet"}
        if isinstance(value, np.ndarray):
            node["dims"] = value.ndim
            frame = pd.DataFrame(value)
        elif isinstance(value, pd.Series):
            node["name"] = self.node(value.name, name)
            frame = value.to_frame("value")
        else:
            frame = value
        node["attrs"] = self.node(dict(frame.attrs), name)
        node["objects"] = [k for k, kind in enumerate(frame.dtypes) if isinstance(kind, np.dtype) and kind.kind == "O"]
        frame = frame.copy(deep=False)
        frame.attrs = {}
        path = self.folder / str(node["file"])
        with atomic(path) as part:
            frame.to_parquet(part, compression="zstd")
        self.files.append(path)
        return node

    def _mask(self, value: xr.DataArray, name: str) -> dict[str, Any]:
        path = self.folder / f"{name}.tif"
        write_cog(value, path, categorical=True)
        self.files.append(path)
        attrs = {k: v for k, v in sorted(value.attrs.items()) if isinstance(v, str | int | float)}
        return {"is": "mask", "file": path.name, "name": value.name, "attrs": attrs}


class Reader:
    """Turns nodes into values again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def value(self, node: Any) -> Any:
        """Value of a node.

        Parameters
        ----------
        node : object
            What :meth:`Writer.node` gave.
        """
        if isinstance(node, list):
            return [self.value(part) for part in node]
        if not isinstance(node, dict):
            return node
        kind = node["is"]
        if kind == "float":
            return float(node["value"])
        if kind == "tuple":
            return tuple(self.value(part) for part in node["parts"])
        if kind == "mapping":
            return {self.value(k): self.value(v) for k, v in node["pairs"]}
        if kind == "mask":
            return self._mask(node)
        if kind == "model":
            return _named(node["class"], BaseModel).model_validate(node["value"])
        if kind == "object":
            return self._object(node)
        return self._table(node)

    def _object(self, node: dict[str, Any]) -> Any:
        own = _named(node["class"], object)
        if not hasattr(own, "__dataclass_fields__"):
            raise ValueError(f"{node['class']} holds no results")
        parts = {name: self.value(part) for name, part in node["parts"].items()}
        parts |= {field: None for cls, field in _LAZY if node["class"].endswith(f":{cls}")}
        return own(**parts)

    def _table(self, node: dict[str, Any]) -> Any:
        path = self.folder / Path(node["file"]).name
        frame = gpd.read_parquet(path) if node["is"] == "geoframe" else pd.read_parquet(path)
        for k in node["objects"]:  # text comes back as another dtype
            column = frame.columns[k]
            frame[column] = frame[column].astype(object)
        if node["is"] == "array":
            return frame.to_numpy() if node["dims"] == 2 else frame.iloc[:, 0].to_numpy()
        frame.attrs = self.value(node["attrs"])
        if node["is"] == "series":
            column = frame["value"].rename(self.value(node["name"]))
            column.attrs = frame.attrs
            return column
        return frame

    def _mask(self, node: dict[str, Any]) -> xr.DataArray:
        with rasterio.open(self.folder / Path(node["file"]).name) as source:
            grid = Grid(CRS(source.crs), source.transform, source.width, source.height)
            out = from_numpy(source.read(1), grid, name=node["name"])
        out.attrs |= node["attrs"]
        return out


def _class(value: Any) -> str:
    return f"{type(value).__module__}:{type(value).__qualname__}"


def _named(name: str, kind: type) -> Any:
    """Class of a node; only classes of this package are made."""
    module, _, own = name.partition(":")
    found = getattr(importlib.import_module(module), own) if module.startswith(_ROOT) else None
    if not isinstance(found, type) or not issubclass(found, kind):
        raise ValueError(f"{name} holds no results")
    return found
