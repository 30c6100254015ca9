"""The survey of the roofs, kept beside the results under a key of all it was made from.

A survey is most of a run. Where nothing it reads has changed (its sections of the region file, its files, the code of
its rooms) the next run takes it from the folder and works out only what follows: a price, a phase, a legend.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd

from guanghui import pv
from guanghui.geo.files import atomic, link, sha256, tree_digest
from guanghui.geo.notes import Note
from guanghui.geo.pieces import Store
from guanghui.plan.inputs.manifest import inputs_of
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.store import FOLDER, UNREADABLE, Reader, Writer
from guanghui.pv.assessment.batches import Watch

__all__ = ["READ_BY_SURVEY", "Kept", "kept_or_new", "survey_key"]

log = logging.getLogger(__name__)

READ_BY_SURVEY = {
    "name": "region", "name_en": "region", "code": "region", "illustrative": "region", "seed": "region",
    "crs": "region", "notes": None, "townships": "townships", "whole": None, "buildings": "buildings",
    "surface": "surface", "terrain": "surface", "canopy": "surface", "weather": "weather",
    "weather_by_township": "weather",
    "middle_deg": "townships", "settings": "pv", "landcover": None, "landcover_before": None, "wetlands": None,
}  # fmt: skip
"""What the survey may read of a city (``PvCity``) -> section of the region file it comes from; None: not at all."""
_SECTIONS = sorted({section for section in READ_BY_SURVEY.values() if section} | {"run"})
_ROOMS = ("data", "geo", "pv", "plan/inputs")
_CODE = (".py", ".csv", ".toml")
_PACKAGES = ("numpy", "pandas", "scipy", "shapely", "pyproj", "rasterio", "rioxarray", "numba", "pvlib", "geopandas")
_TREE = "survey.json"


def survey_key(region: Region) -> str:
    """Hash of all that the survey of a region depends on.

    Parameters
    ----------
    region : Region
        Opened region.

    Returns
    -------
    str
        The same for the same settings, files, code and packages, wherever they lie.
    """
    given = region.file.model_dump(mode="json")
    parts: dict[str, Any] = {
        "settings": {name: given[name] for name in _SECTIONS},
        "townships": region.chosen,
        "inputs": [[p.name, p.stat().st_size, sha256(p)] for p, _ in inputs_of(region, _SECTIONS)],
        "code": tree_digest(Path(pv.__file__).resolve().parents[1], _ROOMS, _CODE, without="demo"),
        "packages": {name: version(name) for name in _PACKAGES},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Kept:
    """The survey of a run."""

    roofs: gpd.GeoDataFrame
    faces: gpd.GeoDataFrame | None
    earlier: bool
    """It was that of an earlier run."""
    lost: dict[str, str]
    """Id of each building whose roof could not be worked -> why."""


def kept_or_new(
    region: Region, folder: Path, tiles: Path, *, faces: bool, earlier: Path | None = None, store: Store | None = None,
    watch: Watch | None = None, memory: int | None = None,
) -> Kept:  # fmt: skip
    """Survey the roofs, or take the survey of an earlier run where nothing it reads has changed.

    Parameters
    ----------
    region : Region
        Opened region; its notes are the same in both cases.
    folder : pathlib.Path
        Output folder of this run; the survey is kept in ``results/`` below it.
    tiles : pathlib.Path
        Where the rasters of plane irradiation go.
    faces : bool
        Whether roof faces are traced.
    earlier : pathlib.Path, optional
        Output folder of an earlier run; none surveys anew.
    store : geo.pieces.Store, optional
        Where finished batches of roofs are kept and found.
    watch : callable, optional
        Told how many roofs are done, and of how many.
    memory : int, optional
        What batches at work may need together [bytes].
    """
    key = survey_key(region)
    found = None if earlier is None else _read(earlier, key, tiles.relative_to(folder))
    if found is not None:
        roofs, traced, notes, rasters = found
        tiles.mkdir(parents=True, exist_ok=True)
        for raster in rasters:
            link(raster, tiles / raster.name)
        region.notes.take(notes)
        lost: dict[str, str] = {}
    else:
        with region.notes.heard() as notes:
            survey = pv.survey(
                region, detail="polygons" if faces else "table", tile_folder=tiles, store=store, watch=watch,
                memory=memory,
            )  # fmt: skip
        roofs, traced = survey.roofs, survey.faces if isinstance(survey.faces, gpd.GeoDataFrame) else None
        lost = survey.lost
    _write(folder, "" if lost else key, roofs, traced, notes, sorted(tiles.glob("*.tif")))
    return Kept(roofs, traced, found is not None, lost)


def _write(
    folder: Path, key: str, roofs: gpd.GeoDataFrame, faces: gpd.GeoDataFrame | None, notes: list[Note],
    rasters: list[Path],
) -> None:  # fmt: skip
    writer = Writer(folder / FOLDER)
    tree = {
        "key": key,
        "roofs": writer.node(roofs, "survey.roofs"),
        "faces": writer.node(faces, "survey.faces"),
        "notes": [[n.source, n.text, n.text_zh] for n in notes],
        "rasters": [[p.name, p.stat().st_size] for p in rasters],
    }
    with atomic(writer.folder / _TREE) as part:
        part.write_text(json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")


def _read(
    folder: Path, key: str, tiles: Path
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, list[Note], list[Path]] | None:
    """Survey of an earlier run; None where it is of another key, incomplete or unreadable."""
    below = folder / FOLDER
    try:
        tree = json.loads((below / _TREE).read_text(encoding="utf-8"))
        if tree["key"] != key:
            return None
        rasters = [folder / tiles / Path(name).name for name, _ in tree["rasters"]]
        if any(p.stat().st_size != size for p, (_, size) in zip(rasters, tree["rasters"], strict=True)):
            return None
        reader = Reader(below)
        notes = [Note(*map(str, entry)) for entry in tree["notes"]]
        return reader.value(tree["roofs"]), reader.value(tree["faces"]), notes, rasters
    except UNREADABLE as error:
        if (below / _TREE).is_file():
            log.info("%s: the kept survey cannot be read (%s); the roofs are surveyed anew", below / _TREE, error)
        return None
