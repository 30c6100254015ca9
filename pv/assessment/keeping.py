"""A batch of roofs as a piece that is kept: its key, its way to a worker, and back.

The key is made of what the worker has read (the heights in the window themselves, not the names or dates of files), of
what all batches share, and of the code; so a piece can never be of another surface, and a copied or touched file moves
no key. Positions in the list of buildings and the name of the batch stay out: a building added elsewhere moves nothing.
"""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pandas as pd

from guanghui.geo.files import tree_digest
from guanghui.geo.grid import Grid
from guanghui.geo.memory import give_back
from guanghui.geo.pieces import Piece as Kept
from guanghui.geo.pieces import Store, digest
from guanghui.pv.assessment.batch import assess_batch
from guanghui.pv.assessment.task import Batch, BatchResult, Measured, SiteModel

__all__ = ["AFTER_BATCH", "KIND", "PLACED", "Job", "Made", "code_version", "from_piece", "site_key"]

KIND = "roofs"
AFTER_BATCH = frozenset({
    "availability_pct", "bifaciality", "connections_pct", "dc_ac_ratio", "diffuse_iam", "gamma_pdc",
    "inverter_efficiency", "lid_pct", "mismatch_pct", "nameplate_pct", "outline_snap",
    "soiling_pct", "temperature_model", "wiring_pct",
})  # fmt: skip
"""Settings a batch never reads: they turn its light into energy afterwards, or moved the outlines before. All others
are in the key, those of tomorrow too; a test holds that none of these is read."""
PLACED = frozenset({"name", "index", "rows", "cols", "weather"})
"""Fields of a batch that say where it lies in the list; all others are in the key, those of tomorrow too."""
_ROOMS = ("geo", "pv")
_PACKAGES = ("numpy", "pandas", "scipy", "shapely", "pyproj", "rasterio", "rioxarray", "numba", "dask")
_PROBE = ".probe"
_RASTER = "poa.tif"


@cache
def code_version() -> str:
    """Hash of the code and the packages a batch is worked with."""
    top = Path(__file__).resolve().parents[2]
    return digest(tree_digest(top, _ROOMS, (".py",)), {name: version(name) for name in _PACKAGES})


def site_key(model: SiteModel, *, tiles: bool) -> str:
    """Hash of what all batches of a region share.

    Parameters
    ----------
    model : SiteModel
        Sky, rows, settings.
    tiles : bool
        Whether a raster is written too.
    """
    settings = model.settings
    read = {name: getattr(settings, name) for name in type(settings).model_fields if name not in AFTER_BATCH}
    parts = model.table, model.rows, model.convergence, model.terrain_offset_m, model.detail
    return digest(code_version(), read, *parts, tiles)


@dataclass(frozen=True)
class Windows:
    """Parts of the rasters a batch needs, still lazy."""

    surface: Any
    canopy: Any
    terrain: Any

    def read(self) -> list[Any]:
        """Read them on the spot; the scheduler of the run is busy with whole batches."""
        with dask.config.set(scheduler="synchronous"):
            return list(dask.compute(self.surface, self.canopy, self.terrain))


@dataclass(frozen=True)
class Made:
    """What comes back from a worker."""

    key: str
    result: BatchResult | None = None
    """Only where nothing is kept."""
    packed: bytes | None = None
    """Only where the worker cannot write into the store, as are the files."""
    files: dict[str, bytes] | None = None
    found: bool = False
    """It lay in the store."""


@dataclass(frozen=True)
class Job:
    """What a worker is told of keeping: where, and what is there already."""

    root: str = ""
    """Store; empty to keep nothing."""
    word: str = ""
    """A word the driver left there: who reads it sees the same folder."""
    known: frozenset[str] = frozenset()
    site: tuple[str, ...] = ()
    """Key of each model."""
    tile_folder: str = ""
    """Where rasters go when nothing is kept."""
    tiles: bool = False

    @classmethod
    def on(cls, store: Store | None, models: list[SiteModel], tile_folder: Path | None, word: str) -> Job:
        """Prepare a survey; leaves the word in the store.

        Parameters
        ----------
        store : Store, optional
            Pieces of the run; without one nothing is kept.
        models : list of SiteModel
            What the batches of each site share; one key is made of each.
        tile_folder : pathlib.Path, optional
            Where tiles of cells are written; None where none are asked for.
        word : str
            Random word of this survey: a worker that reads it back sees the same folder.

        Returns
        -------
        Job
            With ``root`` empty where there is no store.
        """
        tiles = tile_folder is not None
        if store is None:
            return cls(tile_folder="" if tile_folder is None else str(tile_folder.absolute()), tiles=tiles)
        store.root.mkdir(parents=True, exist_ok=True)
        (store.root / _PROBE).write_text(word, encoding="utf-8")
        sites = tuple(site_key(m, tiles=tiles) for m in models)
        return cls(str(store.root), word, store.keys(KIND), sites, tiles=tiles)

    def __call__(self, batch: Batch, frame: Grid, model: SiteModel, windows: Windows, known: frozenset[str]) -> Made:
        """Read, look whether it is there, work, keep."""
        surface, canopy, terrain = windows.read()
        if not self.root:
            return self._unkept(batch, frame, model, surface, canopy, terrain)
        own = [getattr(batch, f.name) for f in dataclasses.fields(batch) if f.name not in PLACED]
        key = digest(KIND, self.site[batch.weather], frame, surface, canopy, terrain, *own)
        if key in known:
            return Made(key, found=True)
        local = dataclasses.replace(batch, index=np.arange(len(batch.index)), name="poa")
        with tempfile.TemporaryDirectory() as folder:
            found = assess_batch(local, frame, model, surface, canopy, terrain, Path(folder) if self.tiles else None)
            files = {p.name: p.read_bytes() for p in sorted(Path(folder).glob("*.tif"))}
        piece = _piece(found, files)
        del surface, canopy, terrain, found
        give_back()
        packed = piece.packed()
        if self._sees_store():
            try:
                Store(Path(self.root)).put(KIND, key, packed, files)
                return Made(key)
            except OSError:  # full or read-only here; the driver may still have room
                pass
        return Made(key, packed=packed, files=files)

    def _unkept(self, batch: Batch, frame: Grid, model: SiteModel, surface: Any, canopy: Any, terrain: Any) -> Made:
        if not self.tiles:
            return Made("", assess_batch(batch, frame, model, surface, canopy, terrain))
        with tempfile.TemporaryDirectory() as folder:  # a worker elsewhere may not see the folder of the driver
            found = assess_batch(batch, frame, model, surface, canopy, terrain, Path(folder))
            files = {p.name: p.read_bytes() for p in sorted(Path(folder).glob("*.tif"))}
        return Made("", found, files=files)

    def _sees_store(self) -> bool:
        """Whether this process sees the very folder of the driver."""
        try:
            return (Path(self.root) / _PROBE).read_text(encoding="utf-8") == self.word
        except (OSError, ValueError):
            return False


def _piece(found: BatchResult, files: dict[str, bytes]) -> Kept:
    scores = pd.DataFrame({"index": found.measured.index, "scores": list(found.measured.scores)})
    tables = {"roofs": pd.DataFrame({"lod": found.lod}), "faces": found.faces, "scores": scores}
    shape = list(np.shape(found.measured.scores)[1:])
    kinds = {"scores": [shape, str(np.asarray(found.measured.scores).dtype)], "columns": list(found.faces.columns)}
    if found.modules is not None:
        tables["modules"] = found.modules
    return Kept(tables, kinds, files)


def from_piece(piece: Kept, batch: Batch) -> BatchResult:
    """Result of a batch from what is kept, at its own positions.

    Parameters
    ----------
    piece : geo.pieces.Piece
        As read from the store.
    batch : Batch
        The buildings.
    """
    faces = piece.tables["faces"]
    faces["building"] = batch.index[faces["building"].to_numpy(int)]
    scores = piece.tables["scores"]
    shape, kind = piece.about["scores"]
    values = np.asarray(scores["scores"].to_list(), kind).reshape(len(scores), *shape)
    modules = piece.tables.get("modules")
    if modules is not None:
        modules["building"] = batch.index[modules["building"].to_numpy(int)]
    lod = piece.tables["roofs"]["lod"].to_numpy(object)
    measured = Measured(batch.index[scores["index"].to_numpy(int)], values)
    return BatchResult(batch.index, lod, faces, measured, modules, batch.weather)
