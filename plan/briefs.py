"""Pictures, briefs and PDF of a whole region, from finished results."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from geo.errors import InputError
from geo.files import safe_name
from maps.static import save_map, static_maps
from plan.brief import write_brief
from plan.printing import find_browser, print_page
from plan.region import Region
from plan.report import Results
from sinks.coefficients import Draws

__all__ = ["Reports", "print_pages", "write_reports"]

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
    date : str, optional
        Shown on pictures and briefs; none keeps their bytes the same from day to day.
    scorecard, balance : pandas.DataFrame, optional
        Results held against the plan, for the brief of the city.

    Returns
    -------
    Reports
    """
    done = Reports()
    draws = None if results.stock is None else Draws(results.stock.settings.draws, region.seed)
    for code, name in _places(region):
        stem = f"{safe_name(code or region.code)}-{safe_name(name)}"
        try:
            pictures = {}
            for view, path in _pictures(region, results, code, folder / "pictures" / stem, date):
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


def _places(region: Region) -> list[tuple[str, str]]:
    """Code and name of the city (no code) and of the townships."""
    towns = zip(region.townships["code"].astype(str), region.townships["name"].astype(str), strict=True)
    return [("", region.name), *towns]


def _pictures(region: Region, results: Results, code: str, stem: Path, date: str | None) -> Iterator[tuple[str, Path]]:
    drawn = static_maps(
        region, code=code or None, roofs=results.roofs, plan=results.plan, stock=results.stock,
        wetlands=region.wetlands, landcover=None if results.stock is None else results.stock.classes,
        terrain=region.terrain, date=date,
    )  # fmt: skip
    for view, figure in drawn:
        for suffix in (".png", ".svg"):
            yield view, save_map(figure, stem.with_name(f"{stem.name}-{view}{suffix}"))


def print_pages(folder: Path) -> Reports:
    """Print every township page and the index to ``reports/*.pdf`` through an installed browser.

    Parameters
    ----------
    folder : pathlib.Path
        Output folder with ``maps/*.html`` and ``index.html``.

    Raises
    ------
    InputError
        If there is no browser, or no page.
    """
    browser = find_browser()
    if browser is None:
        raise InputError(
            "--pdf: no Chromium, Chrome or Edge was found; install one, or print the pages from a browser."
        )
    pages = [p for p in (folder / "index.html", *sorted((folder / "maps").glob("*.html"))) if p.is_file()]
    if not pages:
        raise InputError(f"{folder}: there are no map pages to print; run `guanghui run` or `guanghui maps` first.")
    done = Reports()
    for page in pages:
        try:
            done.outputs.append(print_page(page, folder / "reports" / f"{page.stem}-map.pdf", browser))
        except InputError as error:
            done.failures[page.name] = str(error)
    return done
