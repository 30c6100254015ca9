"""Pictures, briefs and PDF of a whole region, from finished results."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from guanghui.geo.errors import InputError
from guanghui.geo.files import safe_name
from guanghui.maps.inputs import CarbonStock
from guanghui.maps.page.sinkview import load_stock
from guanghui.maps.pictures.static import save_map, static_maps
from guanghui.plan.brief.printing import find_browser, print_page
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Results
from guanghui.sinks.factors.coefficients import Draws

__all__ = ["Reports", "docx_here", "needs_docx", "print_pages", "report_stem", "write_reports"]

log = logging.getLogger(__name__)


@dataclass
class Reports:
    """What was written, and what could not be."""

    outputs: list[Path] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    """Place -> sentence."""


def write_reports(
    region: Region,
    results: Results,
    folder: Path,
    *,
    only: Collection[str] = (),
    date: str | None = None,
    scorecard: pd.DataFrame | None = None,
    balance: pd.DataFrame | None = None,
) -> Reports:
    """Write ``pictures/*.png|svg`` and ``reports/*.docx`` for the city and every township.

    A place that fails is reported and stops no other.

    Parameters
    ----------
    region : Region
        Names, settings, inputs of the maps.
    results : Results
        What there is.
    folder : pathlib.Path
        Output folder.
    only : collection of str, optional
        Codes of townships: those alone; the city and all of them by default.
    date : str, optional
        Shown on pictures and briefs; none keeps their bytes the same from day to day.
    scorecard, balance : pandas.DataFrame, optional
        Results held against the plan, for the brief of the city.

    Returns
    -------
    Reports
    """
    needs_docx()
    from guanghui.plan.brief.document import write_brief

    done = Reports()
    draws = None if results.stock is None else Draws(results.stock.settings.draws, region.seed)
    stock = None if results.stock is None else load_stock(results.stock)
    for code, name in _places(region, only):
        stem = report_stem(region, code, name)
        try:
            pictures = {}
            for view, path in _pictures(region, results, stock, code, folder / "pictures" / stem, date):
                done.outputs.append(path)
                if path.suffix == ".png":
                    pictures[view] = path
            done.outputs.append(write_brief(
                region, results, folder / "reports" / f"{stem}.docx", code=code, pictures=pictures, date=date,
                scorecard=scorecard, balance=balance, draws=draws,
            ))  # fmt: skip
        except Exception as error:  # one broken place never stops the others
            log.debug("brief of %s", name, exc_info=True)
            done.failures[f"{name} (brief)"] = f"{type(error).__name__}: {error}"
    return done


def docx_here() -> bool:
    """Whether the package that writes Word files is installed."""
    return find_spec("docx") is not None


def needs_docx() -> None:
    """Refuse, before any work, to write briefs without the package that writes Word files.

    Raises
    ------
    InputError
        If it is not installed.
    """
    if not docx_here():
        raise InputError(
            "briefs: the package python-docx is not installed; run pip install 'guanghui[brief]'.",
            "简报：未安装 python-docx；请运行 pip install 'guanghui[brief]'。",
        )


def _places(region: Region, only: Collection[str] = ()) -> list[tuple[str, str]]:
    """Code and name of the city (no code) and of the townships, or of some townships alone."""
    towns = list(zip(region.townships["code"].astype(str), region.townships["name"].astype(str), strict=True))
    return [(code, name) for code, name in towns if code in only] if only else [("", region.name), *towns]


def report_stem(region: Region, code: str, name: str) -> str:
    """Name of the pictures and the brief of a place, without ending.

    Parameters
    ----------
    region : Region
        Opened region.
    code, name : str
        Code of a township, or none for all of the region; its Chinese name.
    """
    return f"{safe_name(code or region.code, 'city')}-{safe_name(name)}"


def _pictures(
    region: Region, results: Results, stock: CarbonStock | None, code: str, stem: Path, date: str | None
) -> Iterator[tuple[str, Path]]:
    """Draw and write the static maps of a place."""
    drawn = static_maps(
        region, code=code or None, roofs=results.roofs, plan=results.plan, stock=stock, wetlands=region.wetlands,
        terrain=region.terrain, date=date,
    )  # fmt: skip
    for view, figure in drawn:
        for suffix in (".png", ".svg"):
            yield view, save_map(figure, stem.with_name(f"{stem.name}-{view}{suffix}"))


def print_pages(region: Region, folder: Path, *, only: Collection[str] = ()) -> Reports:
    """Print the page of every township and the index to ``reports/*-map.pdf`` through an installed browser.

    Parameters
    ----------
    region : Region
        Names of the pages.
    folder : pathlib.Path
        Output folder with ``maps/*.html`` and ``index.html``.
    only : collection of str, optional
        As in :func:`write_reports`.

    Raises
    ------
    InputError
        If there is no browser, or no page.
    """
    browser = find_browser()
    if browser is None:
        raise InputError(
            "--pdf: no Chromium, Chrome or Edge was found; install one, or print the pages by hand.",
            "--pdf：未找到 Chromium、Chrome 或 Edge；请安装其一，或手动打印网页。",
        )
    stems = [(code, report_stem(region, code, name)) for code, name in _places(region, only)]
    pages = {stem: folder / "maps" / f"{stem}.html" if code else folder / "index.html" for code, stem in stems}
    there = {stem: page for stem, page in pages.items() if page.is_file()}
    if not there:
        raise InputError(
            f"{folder}: there are no map pages to print; run `guanghui run` or `guanghui maps` first.",
            f"{folder}：没有可打印的地图页；请先运行 guanghui run 或 guanghui maps。",
        )
    done = Reports()
    for stem, page in there.items():
        try:
            done.outputs.append(print_page(page, folder / "reports" / f"{stem}-map.pdf", browser))
        except InputError as error:
            done.failures[page.name] = str(error)
    return done
