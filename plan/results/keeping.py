"""What of a run is kept as pieces, and under which keys.

A key holds everything a step could read: settings by section, inputs by content, the code of its rooms, packages. What
a step cannot read is taken out by name (``NOT_IN_CARBON``), so that a section added tomorrow counts until somebody
shows that it does not.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from guanghui import pv, sinks
from guanghui.geo.files import sha256, tree_digest
from guanghui.geo.notes import Note
from guanghui.geo.pieces import Piece, Store, digest
from guanghui.maps.page.document import Frame
from guanghui.plan.inputs.manifest import inputs_of
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.results.store import UNREADABLE, Reader, Writer
from guanghui.pv.sites.assess import Sites
from guanghui.sinks import Outlook, Stock
from guanghui.sinks.stock import with_maps

__all__ = [
    "BELIEVED",
    "NOT_IN_CARBON",
    "NOT_IN_FRAMES",
    "Keeper",
    "carbon_key",
    "carbon_of",
    "frames_key",
    "rasters_version",
    "run_key",
]

NOT_IN_CARBON = frozenset({"buildings", "weather", "pv", "coverage", "existing", "economics", "grid", "targets",
                           "actuals", "balance", "value", "sites", "site_rules", "meters", "maps", "run"})  # fmt: skip
"""Sections of the region file that neither the carbon account nor its outlook reads."""
NOT_IN_FRAMES = frozenset({"coverage", "economics", "grid", "targets", "actuals", "balance", "value"})
"""Sections that no frame of a page reads: what they say is put in afterwards (:class:`maps.page.document.Frame`)."""
T = TypeVar("T")
BELIEVED = "believed"
"""Kind of the piece that says that all files are sound."""
_CODE = (".py", ".csv", ".toml", ".json", ".js", ".css", ".html", ".svg")
_SINK_ROOMS = ("data", "geo", "sinks", "plan/inputs", "plan/results")
_ALL_ROOMS = ("data", "geo", "pv", "sinks", "maps", "plan")
_PACKAGES = (
    "numpy", "pandas", "scipy", "xarray", "dask", "geopandas", "shapely", "pyproj", "pyogrio", "pyarrow", "rasterio",
    "rioxarray", "pvlib", "numba", "folium", "branca", "matplotlib", "pillow", "openpyxl", "python-docx", "pydantic",
)  # fmt: skip
_ENVIRONMENT = ("TIANDITU_KEY", "SOURCE_DATE_EPOCH")


@cache
def _code(rooms: tuple[str, ...]) -> str:
    return tree_digest(Path(pv.__file__).resolve().parents[1], rooms, _CODE, without="demo")


@cache
def _packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a lean installation
            found[name] = ""
    return found


def _inputs(region: Region, sections: Collection[str] = ()) -> list[Any]:
    return [[p.name, p.stat().st_size, sha256(p), crs or ""] for p, crs in inputs_of(region, sections)]


def _settings(region: Region, without: Collection[str] = ()) -> str:
    given = region.file.model_dump(mode="json")
    return json.dumps({k: v for k, v in given.items() if k not in without}, sort_keys=True, ensure_ascii=False)


def carbon_key(region: Region) -> str:
    """Hash of all that the carbon account and its outlook depend on.

    Parameters
    ----------
    region : Region
        Opened region.
    """
    sections = {i.section.split(".")[0] for i in INPUTS} - NOT_IN_CARBON
    return digest(
        "carbon", _settings(region, NOT_IN_CARBON), _inputs(region, sections), region.chosen, region.crs.to_wkt(),
        _code(_SINK_ROOMS), _packages(),
    )  # fmt: skip


def run_key(region: Region, date: str | None) -> str:
    """Hash of all that anything a run writes depends on.

    Parameters
    ----------
    region : Region
        Opened region.
    date : str, optional
        Shown on pages and tables.
    """
    return digest(
        "run", _settings(region), _inputs(region), region.chosen, date or "", _outside(), _code(_ALL_ROOMS), _packages()
    )


def frames_key(region: Region) -> str:
    """Hash of all that the frames of the pages depend on: everything but money, programme, targets and the date.

    Parameters
    ----------
    region : Region
        Opened region.
    """
    sections = {i.section.split(".")[0] for i in INPUTS} - NOT_IN_FRAMES
    return digest(
        "frames", _settings(region, NOT_IN_FRAMES), _inputs(region, sections), region.chosen, region.crs.to_wkt(),
        _outside(), _code(_ALL_ROOMS), _packages(),
    )  # fmt: skip


def carbon_of(region: Region) -> tuple[Stock, Outlook]:
    """Carbon account of a region, and its outlook.

    Parameters
    ----------
    region : Region
        With land cover.
    """
    stock = sinks.assess(region)
    return stock, sinks.outlook(region, stock)


def _entries(notes: Collection[Note]) -> list[list[str]]:
    return [[n.source, n.text, n.text_zh] for n in notes]


def _outside() -> dict[str, str]:
    return {name: os.environ.get(name, "") for name in _ENVIRONMENT}


def rasters_version() -> str:
    """Hash of the code that writes the rasters and charts of an account."""
    return _code(("geo", "sinks", "plan/workbook"))


class Keeper:
    """Takes files and results from the store of a run, or has them made and keeps them.

    Parameters
    ----------
    store : geo.pieces.Store, optional
        Without one everything is made and nothing is kept.
    key : str
        From :func:`run_key`.
    frames : str
        From :func:`frames_key`.
    """

    def __init__(self, store: Store | None = None, key: str = "", frames: str = "") -> None:
        self.store, self.key, self.frames = store, key, frames

    def files(
        self, kind: str, parts: Any, folder: Path, make: Callable[[], Collection[Path]], *, key: str | None = None
    ) -> list[Path]:
        """Files of a step, linked from the store or made.

        Parameters
        ----------
        kind : str
            Kind of the piece.
        parts : Any
            What tells it from others of its kind.
        folder : pathlib.Path
            Output folder, below which ``make`` writes.
        make : callable
            Writes the files and names them.
        key : str, optional
            What it depends on; all of the run by default.
        """
        if self.store is None:
            return list(make())
        own = digest(kind, self.key if key is None else key, parts)
        found = self.store.get(kind, own)
        if found is not None:
            names: Mapping[str, str] = found.about["names"]
            taken = self.store.take(kind, own, folder, names)
            if taken is not None:
                self.store.used.add((kind, own))
                return [folder / names[name] for name in found.about["order"]]
        made = list(make())
        order = [f"{k:03d}{p.suffix}" for k, p in enumerate(made)]
        named = {one: p.relative_to(folder).as_posix() for one, p in zip(order, made, strict=True)}
        files = {one: p.read_bytes() for one, p in zip(order, made, strict=True)}
        piece = Piece(about={"names": named, "order": order}, files=files)
        self._put(kind, own, piece)
        return made

    def believed(self, region: Region, *, fresh: bool = False) -> dict[str, list[Note]] | None:
        """What an earlier run found to note while it read the same files: step -> notes; None where none did.

        Parameters
        ----------
        region : Region
            Opened region. What opening its files has to note is noted here in every run, so that the order is one.
        fresh : bool, default False
            Look for nothing.
        """
        try:
            inputs_of(region)
        except Exception:  # told by the check that reads it
            return None
        if fresh or self.store is None or not self.store.keys(BELIEVED):
            return None
        own = digest("believed", frames_key(region))
        piece = self.store.get(BELIEVED, own)
        if piece is None:
            return None
        self.store.used.add((BELIEVED, own))
        return {name: [Note(*entry) for entry in entries] for name, entries in piece.about.items()}

    def keep_believed(self, region: Region, notes: Mapping[str, Collection[Note]]) -> None:
        """Write down that all files are sound, and what is to be noted.

        Parameters
        ----------
        region : Region
            As in :meth:`believed`.
        notes : mapping
            Step of the check -> what it noted.
        """
        if self.store is not None:
            about = {name: _entries(found) for name, found in notes.items()}
            self._put(BELIEVED, digest("believed", frames_key(region)), Piece(about=about))

    def frame(self, name: tuple[str, ...], make: Callable[[], Frame]) -> Frame:
        """Frame of a page, kept or made.

        Parameters
        ----------
        name : tuple of str
            Kind of the page, and the township.
        make : callable
            Draws it.
        """
        if self.store is None:
            return make()
        own = self._frame_key(name)
        found = self.store.get("frame", own)
        if found is not None:
            self.store.used.add(("frame", own))
            return Frame.of(found.tables["frame"]["text"].tolist())
        frame = make()
        self._put("frame", own, Piece({"frame": pd.DataFrame({"text": frame.texts()})}))
        return frame

    def keep_frame(self, name: tuple[str, ...]) -> None:
        """Let a frame stay for another time although its page was taken whole.

        Parameters
        ----------
        name : tuple of str
            Name of the frame, as it was kept under.
        """
        if self.store is not None:
            own = self._frame_key(name)
            if self.store.path("frame", own).is_file():
                self.store.used.add(("frame", own))

    def lacks_carbon(self, region: Region) -> bool:
        """Whether there is a carbon account to work out that no earlier run kept.

        Parameters
        ----------
        region : Region
            Opened region.
        """
        if region.landcover is None:
            return False
        return self.store is None or not self.store.path("carbon", carbon_key(region)).is_file()

    def carbon(
        self, region: Region, report: Callable[[str], None] | None = None,
        made: Callable[[], tuple[Stock, Outlook]] | None = None,
    ) -> tuple[Stock, Outlook]:  # fmt: skip
        """Carbon account and outlook, kept or made; the notes they add are the same.

        Parameters
        ----------
        region : Region
            With land cover, or official totals.
        report : callable, optional
            Told when they were kept.
        made : callable, optional
            Gives them where none are kept, as work that was begun earlier does; :func:`carbon_of` by default.
        """
        own = carbon_key(region) if self.store is not None else ""

        def read(reader: Reader, tree: Any) -> tuple[Stock, Outlook]:
            return with_maps(reader.value(tree["stock"]), region), reader.value(tree["outlook"])

        found = self._kept("carbon", own, region, read)
        if found is not None:
            if report is not None:
                report("carbon kept")
            return found
        with region.notes.heard() as notes:
            stock, outlook = carbon_of(region) if made is None else made()

        def write(writer: Writer) -> dict[str, Any]:
            return {"stock": writer.node(stock, "stock"), "outlook": writer.node(outlook, "outlook")}

        self._keep("carbon", own, notes, write)
        return stock, outlook

    def sites(self, region: Region, make: Callable[[], Sites | None]) -> Sites | None:
        """Plants beyond roofs, kept or made; the notes they add are the same.

        Parameters
        ----------
        region : Region
            With ``[[sites]]``.
        make : callable
            Works them out.
        """
        coverage = region.settings.coverage  # the emission factor
        own = digest("sites", self.frames, coverage.grid or "", str(coverage.grid_year))
        found: Sites | None = self._kept("sites", own, region, lambda reader, tree: reader.value(tree))
        if found is not None:
            return found
        with region.notes.heard() as notes:
            sites = make()
        if sites is not None:
            self._keep("sites", own, notes, lambda writer: writer.node(sites, "sites"))
        return sites

    def _frame_key(self, name: tuple[str, ...]) -> str:
        return digest("frame", self.frames, name)

    def _kept(self, kind: str, key: str, region: Region, read: Callable[[Reader, Any], T]) -> T | None:
        """Result of an earlier run with the notes it added; None where none is kept or it cannot be read."""
        piece = None if self.store is None else self.store.get(kind, key)
        if self.store is None or piece is None:
            return None
        with tempfile.TemporaryDirectory(prefix="guanghui-", ignore_cleanup_errors=True) as folder:
            try:
                if self.store.take(kind, key, Path(folder)) is None:
                    return None
                found = read(Reader(Path(folder)), piece.about["tree"])
                notes = [Note(*map(str, entry)) for entry in piece.about["notes"]]
            except UNREADABLE:
                return None
        region.notes.take(notes)
        self.store.used.add((kind, key))
        return found

    def _keep(self, kind: str, key: str, notes: Collection[Note], write: Callable[[Writer], Any]) -> None:
        """Keep a result with the notes it added; ``write`` gives its tree."""
        if self.store is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            writer = Writer(Path(folder))
            tree = write(writer)
            files = {p.name: p.read_bytes() for p in writer.files}
        self._put(kind, key, Piece(about={"tree": tree, "notes": _entries(notes)}, files=files))

    def _put(self, kind: str, key: str, piece: Piece) -> None:
        """Keep a piece; a store that cannot be written costs time later, never the result now."""
        assert self.store is not None
        try:
            self.store.put(kind, key, piece.packed(), piece.files)
        except OSError:
            return
        self.store.used.add((kind, key))
