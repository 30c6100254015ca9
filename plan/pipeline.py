"""The way through the house: inputs, roofs, programme, carbon, files, maps, manifest.

Every room gives its result to the next; nothing is written before all inputs were read and checked. What one township
breaks is reported at the end and stops no other.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd

import pv
import sinks
from geo.errors import InputError
from geo.vector import write_gpkg, write_parquet
from plan.balance import balance
from plan.briefs import Reports, print_pages, write_reports
from plan.check import check
from plan.grid import grid_check
from plan.manifest import write_manifest
from plan.money_chart import sensitivity_chart
from plan.pages import city_pages, township_pages
from plan.programme import add_money, add_spread, by_objective, programme_of, standing
from plan.region import Region
from plan.report import PvSide, Results, sheets
from plan.scorecard import scorecard
from plan.sink_files import write_carbon
from plan.tables import write_csv, write_workbook
from pv.assess import FACE_UNITS, ROOF_UNITS
from sinks import Outlook, Stock
from sinks.charts import save_chart

__all__ = ["Run", "assess_region", "draw_maps", "draw_reports", "load_results", "run"]

log = logging.getLogger(__name__)

Report = Callable[[str], None]
"""Told the name of each step when it begins."""


@dataclass
class Run:
    """What a run left behind."""

    folder: Path
    results: Results
    seconds: dict[str, float] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    faces: gpd.GeoDataFrame | None = None
    """Roof faces, where the region file asks for them."""

    def take(self, reports: Reports) -> None:
        """Add what was written, and what could not be."""
        self.outputs += reports.outputs
        self.failures |= reports.failures

    @property
    def index(self) -> Path:
        """Index page of the maps."""
        return self.folder / "index.html"


@contextmanager
def _step(done: Run, name: str, report: Report | None) -> Iterator[None]:
    if report is not None:
        report(name)
    start = time.perf_counter()
    yield
    done.seconds[name] = time.perf_counter() - start
    log.info("%s: %.1f s", name, done.seconds[name])


def run(
    region: Region,
    out: Path | None = None,
    *,
    report: Report | None = None,
    date: str | None = None,
    briefs: bool = False,
) -> Run:
    """Work a region out and write everything.

    Parameters
    ----------
    region : Region
        Opened region.
    out : pathlib.Path, optional
        Output folder; the region's own by default.
    report : callable, optional
        Told each step.
    date : str, optional
        Shown on pages and tables; none keeps their bytes the same from day to day.
    briefs : bool, default False
        Also write static maps and Word briefs (:func:`draw_reports`).

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If any input cannot be used; then nothing has been written.
    """
    target = out or region.out
    done = Run(target, Results())
    with _step(done, "inputs", report):
        problems = check(region)
        if problems:
            raise InputError("\n".join(problems))
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as staging:
        done.folder = Path(staging)
        _work(region, done, report, date, briefs=briefs)
        _publish(done, target)
    return done


def _work(region: Region, done: Run, report: Report | None, date: str | None, *, briefs: bool) -> None:
    """Fill the folder of a run."""
    done.results = assess_region(region, done, report=report)
    with _step(done, "vectors", report):
        _write_vectors(region, done)
    with _step(done, "rasters", report):
        _write_rasters(region, done)
    with _step(done, "tables", report):
        _write_tables(region, done, date)
    draw_maps(region, done, report=report, date=date)
    if briefs:
        draw_reports(region, done, report=report, date=date)
    with _step(done, "manifest", report):
        done.outputs.append(
            write_manifest(region, done.folder, seconds=done.seconds, outputs=done.outputs, failures=done.failures)
        )


def _publish(done: Run, target: Path) -> None:
    """Move finished files into place; what an earlier run left and this one did not make goes."""
    made = {p.relative_to(done.folder) for p in done.outputs}
    for old in _listed(target / "manifest.json"):
        if old not in made:
            (target / old).unlink(missing_ok=True)
    for name in sorted(made):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (done.folder / name).replace(target / name)
    done.outputs = [target / name for name in sorted(made)]
    done.folder = target


def _listed(manifest: Path) -> list[Path]:
    """Files an earlier manifest lists, as far as they stay in its folder."""
    if not manifest.is_file():
        return []
    try:
        names = [Path(o["path"]) for o in json.loads(manifest.read_text(encoding="utf-8"))["outputs"]]
    except (ValueError, KeyError, TypeError):
        return []
    return [n for n in names if not n.is_absolute() and ".." not in n.parts]


def assess_region(region: Region, done: Run | None = None, *, report: Report | None = None) -> Results:
    """Work out roofs, programme and carbon, as far as the inputs allow.

    Parameters
    ----------
    region : Region
        Opened region.
    done : Run, optional
        Given by :func:`run`: seconds go there, and rasters of irradiation into its folder.
    report : callable, optional
        Told each step.
    """
    keep = done or Run(region.out, Results())
    roofs = stock = outlook = money = None
    if region.buildings is not None:
        with _step(keep, "roofs", report):
            asked = region.file.run.faces and done is not None
            found = pv.survey(
                region, detail="polygons" if asked else "table", tile_folder=_tiles(done.folder) if done else None
            )
            roofs = found.roofs
            keep.faces = found.faces if isinstance(found.faces, gpd.GeoDataFrame) else None
        with _step(keep, "coverage", report):
            money = _programme(region, roofs)
    if region.landcover is not None:
        with _step(keep, "carbon", report):
            stock = sinks.assess(region, biomass=region.biomass)
        with _step(keep, "outlook", report):
            outlook = sinks.outlook(region, stock)
    return _results(region, roofs, money, stock, outlook)


def _results(
    region: Region, roofs: gpd.GeoDataFrame | None, pv_side: PvSide | None, stock: Stock | None, outlook: Outlook | None
) -> Results:
    """Put both sides together: what was asked for against what was found."""
    plan = None if pv_side is None else pv_side.plan
    score = scorecard(region, roofs=roofs, plan=plan, existing=pv_side.existing if pv_side else None, stock=stock)
    return Results(roofs, plan, stock, score, balance(region, plan, stock), pv_side, outlook)


def _programme(region: Region, roofs: gpd.GeoDataFrame) -> PvSide:
    """Money, spread, existing systems and the programme; the roofs get their columns in place."""
    known = add_money(region, roofs)
    spread = add_spread(roofs)
    stands = standing(region, roofs)
    plan = programme_of(region, roofs, stands=stands)
    grid = None if plan is None else grid_check(region, roofs, plan)
    return PvSide(plan, known, spread, stands, grid, by_objective(region, roofs, stands, plan))


def _tiles(folder: Path) -> Path:
    return folder / "rasters" / "poa"


def _write_vectors(region: Region, done: Run) -> None:
    folder = done.folder / "vectors"
    layers: dict[str, gpd.GeoDataFrame] = {"townships": region.townships}
    roofs, plan = done.results.roofs, done.results.plan
    if roofs is not None:
        layers["roofs"] = (
            roofs if plan is None else roofs.assign(phase=plan.phase.reindex(roofs["building_id"]).to_numpy())
        )
    if region.wetlands is not None:
        layers["wetlands"] = region.wetlands
    if done.results.stock is not None:
        carbon = done.results.stock.table.drop(columns=["name", "name_en"])
        layers["townships"] = region.townships.merge(carbon, on="code", how="left")
    if done.faces is not None:
        done.outputs.append(write_parquet(done.faces, folder / "faces.parquet", FACE_UNITS))
    for name, frame in layers.items():
        done.outputs.append(write_parquet(frame, folder / f"{name}.parquet", ROOF_UNITS if name == "roofs" else None))
    done.outputs.append(write_gpkg(layers, folder / f"{region.slug}.gpkg"))


def _write_rasters(region: Region, done: Run) -> None:
    results = done.results
    if results.stock is not None:
        done.outputs += write_carbon(region, results.stock, results.outlook, done.folder)
    done.outputs += sorted(_tiles(done.folder).glob("*.tif"))


def _write_tables(region: Region, done: Run, date: str | None) -> None:
    folder = done.folder / "tables"
    lang = region.settings.maps.lang
    pages = sheets(region, done.results)
    mark = _mark(region, done.results)
    done.outputs.append(write_workbook(pages, folder / f"{region.slug}.xlsx", lang=lang, mark=mark, date=date or ""))
    done.outputs += [write_csv(sheet, folder) for sheet in pages]
    for sheet in pages:
        if sheet.key == "sensitivity":
            for name, tongue in ((region.name, "zh"), (region.name_en, "en")):
                chart = sensitivity_chart(sheet.frame, lang=tongue, title=name)
                done.outputs.append(save_chart(chart, done.folder / "charts" / f"sensitivity_{tongue}.png"))


def _mark(region: Region, results: Results) -> str:
    """Words for what is not real about the results."""
    words = []
    if region.illustrative:
        words.append("示范数据 illustrative data")
    if results.roofs is not None and results.roofs.attrs.get("illustrative_weather"):
        words.append("示意气象 illustrative weather")
    return " · ".join(words)


def draw_maps(region: Region, done: Run, *, report: Report | None = None, date: str | None = None) -> None:
    """Write a page for each township and the index; a page that fails is reported and stops no other.

    Parameters
    ----------
    region : Region
        Opened region.
    done : Run
        Folder and results; failures and outputs are added to it.
    report : callable, optional
        Told each step.
    date : str, optional
        Shown on the pages.
    """
    with _step(done, "maps", report):
        written = township_pages(region, done.results, done.folder, tiles=_tiles(done.folder), date=date)
        done.outputs += written.outputs
        done.failures |= written.failures
    with _step(done, "index", report):
        done.outputs += city_pages(region, done.results, done.folder, pages=written.addresses, date=date)


def draw_reports(
    region: Region,
    done: Run,
    *,
    only: Collection[str] = (),
    report: Report | None = None,
    date: str | None = None,
    pdf: bool = False,
) -> None:
    """Write static maps and Word briefs of the city and its townships, and PDF of the pages where asked for.

    Parameters
    ----------
    region : Region
        Opened region.
    done : Run
        Folder and results; failures and outputs are added to it.
    only : collection of str, optional
        Codes of townships: those alone; the city and all of them by default.
    report : callable, optional
        Told each step.
    date : str, optional
        Shown on pictures and briefs.
    pdf : bool, default False
        Print the map pages through an installed browser.

    Raises
    ------
    InputError
        If ``pdf`` is asked for and there is no browser or no page.
    """
    if pdf:
        with _step(done, "pdf", report):
            done.take(print_pages(region, done.folder, only=only))
    with _step(done, "briefs", report):
        got = done.results
        asked = {"scorecard": got.scorecard, "balance": got.balance}
        done.take(write_reports(region, got, done.folder, only=only, date=date, **asked))


def load_results(region: Region, folder: Path) -> Results:
    """Read results of an earlier run back, for drawing the maps again.

    Parameters
    ----------
    region : Region
        The same region.
    folder : pathlib.Path
        Its output folder.

    Raises
    ------
    InputError
        If the folder holds no results.
    """
    path = folder / "vectors" / "roofs.parquet"
    if region.file.buildings is not None and not path.is_file():
        raise InputError(f"{path}: there are no results of an earlier run; run `guanghui run` first.")
    roofs = stock = outlook = pv_side = None
    if path.is_file():
        roofs = gpd.read_parquet(path).sort_values("building_id", ignore_index=True)
        roofs = roofs.drop(columns=[c for c in ("phase", "excluded") if c in roofs])
        roofs.attrs = {
            "units": ROOF_UNITS,
            "weather": region.weather_label,
            "illustrative_weather": region.weather.illustrative,
        }
        pv_side = _programme(region, roofs)
    if region.landcover is not None:
        stock = sinks.assess(region, biomass=region.biomass)
        outlook = sinks.outlook(region, stock)
    return _results(region, roofs, pv_side, stock, outlook)
