"""The way through the house: inputs, roofs, programme, carbon, files, maps, manifest.

Every room gives its result to the next; nothing is written before all inputs were read and checked. What one township
breaks is reported at the end and stops no other.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd

from guanghui.geo.errors import InputError, all_of
from guanghui.geo.vector import write_gpkg, write_parquet
from guanghui.plan.brief.money_chart import sensitivity_chart
from guanghui.plan.brief.write import Reports, print_pages, write_reports
from guanghui.plan.inputs.manifest import add_outputs, write_manifest
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Report, Results, assemble, step
from guanghui.plan.results.store import FOLDER, save
from guanghui.plan.results.survey_store import kept_or_new
from guanghui.plan.run.check import check
from guanghui.plan.run.exits import disk_sentence
from guanghui.plan.run.folders import made_above, probe_folder
from guanghui.plan.run.pages import city_pages, township_pages
from guanghui.plan.workbook.book import sheets
from guanghui.plan.workbook.sink_files import write_carbon
from guanghui.plan.workbook.tables import write_csv, write_workbook
from guanghui.pv.assessment.survey import FACE_UNITS, ROOF_UNITS
from guanghui.sinks.years.charts import save_chart

__all__ = ["Run", "draw_maps", "draw_reports", "run"]

faults = logging.getLogger("guanghui.faults")


@dataclass
class Run:
    """What a run left behind."""

    folder: Path
    results: Results
    seconds: dict[str, float] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def take(self, reports: Reports) -> None:
        """Add what was written, and what could not be."""
        self.outputs += reports.outputs
        self.failures |= reports.failures

    @property
    def index(self) -> Path:
        """Index page of the maps."""
        return self.folder / "index.html"


def run(
    region: Region,
    out: Path | None = None,
    *,
    report: Report | None = None,
    date: str | None = None,
    briefs: bool = False,
    only: Collection[str] = (),
    fresh: bool = False,
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
    only : collection of str, optional
        Codes of townships whose pages and briefs are written. The account is that of the whole region, so their figures
        are those of a whole run, and files of the others stay as they are.
    fresh : bool, default False
        Survey the roofs anew even where an earlier run's survey would serve (:mod:`plan.results.survey_store`).

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If any input cannot be used; then nothing has been written.
    OSError
        If the folder cannot be written; nothing has been either.

    Notes
    -----
    Once the tables are made they are put in place, whatever becomes of pages and briefs: what fails there is among the
    failures.
    """
    target = out or region.out
    with made_above(target):
        probe_folder(target)
    done = Run(target, Results())
    with step(done.seconds, "inputs", report):
        problems = check(region)
        if problems:
            raise all_of(problems)
    with made_above(target), TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as staging:
        done.folder = Path(staging)
        _work(region, done, report, date, briefs=briefs, only=only, beside=target, fresh=fresh)
        _publish(done, target, keep=bool(only))
    return done


def _work(
    region: Region,
    done: Run,
    report: Report | None,
    date: str | None,
    *,
    briefs: bool,
    only: Collection[str],
    beside: Path,
    fresh: bool,
) -> None:
    """Fill the folder of a run; ``beside`` is where an earlier one lies."""
    roofs = faces = None
    if region.buildings is not None:
        with step(done.seconds, "roofs", report):
            roofs, faces, kept = kept_or_new(
                region, done.folder, _tiles(done.folder), faces=region.file.run.faces, earlier=None if fresh else beside
            )
        if kept and report is not None:
            report("roofs: kept from the earlier run 沿用以前的屋顶调查")
        done.outputs += sorted((done.folder / FOLDER).glob("survey*"))
    done.results = assemble(region, roofs, faces=faces, seconds=done.seconds, report=report)
    with step(done.seconds, "results", report):
        done.outputs += save(region, done.results, done.folder)
    with step(done.seconds, "vectors", report):
        _write_vectors(region, done)
    with step(done.seconds, "rasters", report):
        _write_rasters(region, done)
    with step(done.seconds, "tables", report):
        _write_tables(region, done, date)
    with _kept_going(done, "maps"):
        draw_maps(region, done, only=only, beside=beside if only else None, report=report, date=date)
    if briefs:
        with _kept_going(done, "reports"):
            draw_reports(region, done, only=only, report=report, date=date)
    with _kept_going(done, "manifest"), step(done.seconds, "manifest", report):
        done.outputs.append(
            write_manifest(region, done.folder, seconds=done.seconds, outputs=done.outputs, failures=done.failures)
        )


@contextmanager
def _kept_going(done: Run, name: str) -> Iterator[None]:
    """Keep a failure of what comes after the tables among those of the run, so that the tables are put in place."""
    try:
        yield
    except Exception as error:
        faults.error("%s", name, exc_info=True)
        known = error if isinstance(error, InputError) else disk_sentence(error, done.folder)
        done.failures[name] = f"{type(error).__name__}: {error}" if known is None else str(known)


def _publish(done: Run, target: Path, *, keep: bool = False) -> None:
    """Move finished files into place; what an earlier run left and this one did not make goes, or is kept listed."""
    made = {p.relative_to(done.folder) for p in done.outputs}
    others = [old for old in _listed(target / "manifest.json") if old not in made]
    if not keep:
        for old in others:
            (target / old).unlink(missing_ok=True)
    if Path("manifest.json") not in made:
        (target / "manifest.json").unlink(missing_ok=True)
    for name in sorted(made):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (done.folder / name).replace(target / name)
    done.outputs = [target / name for name in sorted(made)]
    done.folder = target
    if keep:
        add_outputs(target, [target / old for old in others if (target / old).is_file()])


def _listed(manifest: Path) -> list[Path]:
    """Files an earlier manifest lists, as far as they stay in its folder."""
    if not manifest.is_file():
        return []
    try:
        names = [Path(o["path"]) for o in json.loads(manifest.read_text(encoding="utf-8"))["outputs"]]
    except (ValueError, KeyError, TypeError):
        return []
    return [n for n in names if not n.is_absolute() and ".." not in n.parts]


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
    if done.results.sites is not None:
        layers["sites"] = done.results.sites.shapes
    if done.results.stock is not None:
        carbon = done.results.stock.table.drop(columns=["name", "name_en"])
        layers["townships"] = region.townships.merge(carbon, on="code", how="left")
    if done.results.faces is not None:
        done.outputs.append(write_parquet(done.results.faces, folder / "faces.parquet", FACE_UNITS))
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
    done.outputs.append(write_workbook(pages, folder / f"{region.slug}.xlsx", lang=lang, mark=mark, date=date or "",
                                       area=region.settings.maps.unit))  # fmt: skip
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


def draw_maps(
    region: Region,
    done: Run,
    *,
    only: Collection[str] = (),
    beside: Path | None = None,
    report: Report | None = None,
    date: str | None = None,
) -> None:
    """Write a page for each township and the index; a page that fails is reported and stops no other.

    Parameters
    ----------
    region : Region
        Opened region.
    done : Run
        Folder and results; failures and outputs are added to it.
    only : collection of str, optional
        Codes of the townships to draw; all of them by default.
    beside : pathlib.Path, optional
        Folder where pages of the other townships lie, which the index goes on linking to.
    report : callable, optional
        Told each step.
    date : str, optional
        Shown on the pages.
    """
    with step(done.seconds, "maps", report):
        written = township_pages(
            region, done.results, done.folder, only=only, beside=beside, tiles=_tiles(done.folder), date=date
        )
        done.take(written)
    with step(done.seconds, "index", report):
        done.take(city_pages(region, done.results, done.folder, pages=written.addresses, date=date))


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
        with step(done.seconds, "pdf", report):
            done.take(print_pages(region, done.folder, only=only))
    with step(done.seconds, "briefs", report):
        got = done.results
        asked = {"scorecard": got.scorecard, "balance": got.balance}
        done.take(write_reports(region, got, done.folder, only=only, date=date, **asked))
