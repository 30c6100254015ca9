"""Files of a run: layers, rasters, tables, pages and papers, each drawn from the stored results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd

from guanghui.geo.vector import write_gpkg, write_parquet
from guanghui.maps import load_stock
from guanghui.maps.words.level import speaking_of
from guanghui.plan.brief.money_chart import sensitivity_chart
from guanghui.plan.brief.write import Reports, print_pages, write_reports
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Report, Results, step
from guanghui.plan.results.keeping import Keeper, carbon_key, rasters_version
from guanghui.plan.run.pages import city_pages, township_pages
from guanghui.plan.workbook.book import sheets
from guanghui.plan.workbook.sink_files import write_carbon
from guanghui.plan.workbook.tables import write_csv, write_workbook
from guanghui.pv.assessment.batches import Watch
from guanghui.pv.assessment.survey import FACE_UNITS, ROOF_UNITS
from guanghui.sinks.years.charts import save_chart

__all__ = ["Run", "draw_maps", "draw_reports", "tiles_of", "write_rasters", "write_tables", "write_vectors"]


@dataclass
class Run:
    """What a run left behind."""

    folder: Path
    results: Results
    seconds: dict[str, float] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def take(self, reports: Reports) -> None:
        """Add what was written, and what could not be.

        Parameters
        ----------
        reports : Reports
            What the drawing of pages or papers gave.
        """
        self.outputs += reports.outputs
        self.failures |= reports.failures

    @property
    def index(self) -> Path:
        """Index page of the maps."""
        return self.folder / "index.html"


def tiles_of(folder: Path) -> Path:
    """Folder of the irradiation rasters.

    Parameters
    ----------
    folder : pathlib.Path
        Output folder.
    """
    return folder / "rasters" / "poa"


def write_vectors(region: Region, done: Run) -> list[Path]:
    """Write townships, roofs, sites, wetlands and faces as GeoParquet, and the layers in one GeoPackage.

    Parameters
    ----------
    region : Region
        Opened region.
    done : Run
        Folder and results.
    """
    folder = done.folder / "vectors"
    out = []
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
        out.append(write_parquet(done.results.faces, folder / "faces.parquet", FACE_UNITS))
    for name, frame in layers.items():
        out.append(write_parquet(frame, folder / f"{name}.parquet", ROOF_UNITS if name == "roofs" else None))
    return [*out, write_gpkg(layers, folder / f"{region.slug}.gpkg")]


def write_rasters(region: Region, done: Run, keep: Keeper) -> list[Path]:
    """Write the rasters and charts of the carbon account; those of irradiation were written with the roofs.

    Parameters
    ----------
    region : Region
        Opened region.
    done : Run
        Folder and results.
    keep : Keeper
        Takes them from the store of the run.
    """
    stock, outlook = done.results.stock, done.results.outlook
    made: list[Path] = []
    if stock is not None:
        made = keep.files(
            "carbon-rasters", rasters_version(), done.folder,
            lambda: write_carbon(region, stock, outlook, done.folder), key=carbon_key(region),
        )  # fmt: skip
    return made + sorted(tiles_of(done.folder).glob("*.tif"))


def write_tables(region: Region, done: Run, date: str | None) -> list[Path]:
    """Write the workbook, a CSV of each sheet, and the charts that belong to sheets.

    Parameters
    ----------
    region : Region
        Opened region.
    done : Run
        Folder and results.
    date : str, optional
        Shown on the sheets.
    """
    folder = done.folder / "tables"
    lang = region.settings.maps.lang
    pages = sheets(region, done.results)
    mark = _mark(region, done.results)
    with speaking_of(region):
        out = [write_workbook(pages, folder / f"{region.slug}.xlsx", lang=lang, mark=mark, date=date or "",
                              area=region.settings.maps.unit)]  # fmt: skip
    out += [write_csv(sheet, folder) for sheet in pages]
    for sheet in pages:
        if sheet.key == "sensitivity":
            for name, tongue in ((region.name, "zh"), (region.name_en, "en")):
                chart = sensitivity_chart(sheet.frame, lang=tongue, title=name)
                out.append(save_chart(chart, done.folder / "charts" / f"sensitivity_{tongue}.png"))
    return out


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
    keep: Keeper | None = None,
    watch: Watch | None = None,
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
    keep : Keeper, optional
        Takes pages from the store of the run.
    watch : callable, optional
        Told how many pages are done, and of how many.
    """
    kept = keep or Keeper()
    stock = None if done.results.stock is None else load_stock(done.results.stock)
    with step(done.seconds, "maps", report):
        written = township_pages(
            region, done.results, done.folder, only=only, beside=beside, tiles=tiles_of(done.folder), date=date,
            keep=kept, watch=watch, stock=stock,
        )  # fmt: skip
        done.take(written)
    with step(done.seconds, "index", report):
        done.take(city_pages(
            region, done.results, done.folder, pages=written.addresses, beside=beside, date=date, keep=kept,
            stock=stock,
        ))  # fmt: skip


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
