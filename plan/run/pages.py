"""The pages of a region, written from its results: one for each township, then those of the whole city."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from guanghui.geo.files import safe_name
from guanghui.geo.streaming import pool_here
from guanghui.maps import (
    RoofIrradiation,
    RoofSky,
    WhatIf,
    compare_page,
    index_page,
    load_stock,
    save,
    township_page,
    works_page,
)
from guanghui.maps.inputs import CarbonStock
from guanghui.maps.page.document import FrameOf
from guanghui.maps.words.i18n import words
from guanghui.maps.words.level import speaking_of
from guanghui.plan.brief.write import Reports, report_stem
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.keeping import Keeper
from guanghui.plan.run.exits import no_room
from guanghui.pv.assessment.batches import Watch

__all__ = ["Written", "city_pages", "township_pages"]

_WORKBOOK, _BRIEF = ("工作簿", "workbook"), ("Word 简报", "Word brief")
_AT_ONCE = 8
"""Pages drawn at the same time, at most."""

faults = logging.getLogger("guanghui.faults")
"""What went wrong in a batch that went on, with its traceback; the command line writes it to ``run.log``."""


@dataclass
class Written(Reports):
    """Pages that were written and those that failed."""

    addresses: dict[str, str] = field(default_factory=dict)
    """Code of a township -> address of its page from the index."""


def township_pages(
    region: Region,
    results: Results,
    folder: Path,
    *,
    only: Collection[str] = (),
    beside: Path | None = None,
    tiles: Path | None = None,
    date: str | None = None,
    keep: Keeper | None = None,
    watch: Watch | None = None,
    stock: CarbonStock | None = None,
) -> Written:
    """Write a page for each township; one that fails is reported and stops no other.

    Parameters
    ----------
    region : Region
        Opened region.
    results : Results
        What there is.
    folder : pathlib.Path
        Output folder; pages go into ``maps``.
    only : collection of str, optional
        Codes of the townships to draw; all of them by default.
    beside : pathlib.Path, optional
        Folder where pages of the other townships lie.
    tiles : pathlib.Path, optional
        Folder of the irradiation rasters.
    date : str, optional
        Shown on the pages.
    keep : Keeper, optional
        Takes pages from the store of the run.
    watch : callable, optional
        Told how many pages are done, of how many, and the name of the last one.
    stock : CarbonStock, optional
        Carbon result for drawing (:func:`maps.load_stock`); made from the results by default.
    """
    done, kept = Written(), keep or Keeper()
    files = [] if tiles is None else sorted(tiles.glob("*.tif"))
    irradiation = RoofIrradiation(files, results.roofs) if files else None
    if stock is None and results.stock is not None:
        stock = load_stock(results.stock)
    outlook = results.outlook
    change = None if outlook is None or outlook.change is None else outlook.change.transitions
    potential = None if outlook is None else outlook.potential
    prices = None if results.pv_side is None else results.pv_side.prices
    study = None if prices is None else WhatIf(prices, region.settings.pv.module_power_w)

    sky = None
    if results.skylines is not None:
        clock = region.weather.data.index[0].utcoffset().total_seconds() / 3600
        sky = RoofSky(results.skylines, clock, region.settings.maps.sun_most)

    more = () if region.file.buildings is None else region.file.buildings.more
    repowered = None if results.plan is None else results.plan.repowered

    def brief(code: str, name: str) -> dict[str, tuple[str, str]]:
        path = f"reports/{report_stem(region, code, name)}.docx"
        there = (folder / path).is_file() or (beside is not None and (beside / path).is_file())
        return {f"../{path}": _BRIEF} if there else {}

    def draw(code: str, name: str) -> list[Path]:
        html = township_page(
            region, code, roofs=results.roofs, plan=results.plan, stock=stock, wetlands=region.wetlands,
            change=change, potential=potential, terrain=region.terrain, irradiation=irradiation,
            sites=results.sites, meters=results.meters, repowered=repowered, study=study, sky=sky, labels=region.labels,
            faces=results.faces, more=more, pages=neighbours, links=links | brief(code, name), home="../index.html",
            date=date, frame_of=partial(kept.frame, ("township", code)),
        )  # fmt: skip
        return [save(html, folder / "maps" / _file(code, name))]

    def page(code: str, name: str) -> Path | str:
        try:
            parts = [code, bool(files), neighbours, links, *brief(code, name)]
            (path,) = twice(lambda: kept.files("page", parts, folder, lambda: draw(code, name)))
            kept.keep_frame(("township", code))
            return path
        except Exception as error:  # one broken township never stops the batch
            if no_room(error):  # all others would say the same
                raise
            faults.error("page of %s", name, exc_info=True)
            return f"{type(error).__name__}: {error}"

    # the same for one township and for all, so that a page has the same bytes whoever draws it
    neighbours = {str(t.code): _file(str(t.code), str(t.name)) for t in region.townships.itertuples()}
    with speaking_of(region):
        said = words()
    links = {"compare.html": said["nav_compare"]} if len(neighbours) > 1 else {}
    links |= {"works.html": said["nav_works"]} if stock is not None and outlook is not None else {}
    links[f"../tables/{region.slug}.xlsx"] = _WORKBOOK
    every = dict(zip(region.townships["code"].astype(str), region.townships["name"], strict=True))
    codes = [code for code in every if not only or code in only]
    names = [every[code] for code in codes]
    for code, name in every.items():
        if code not in codes and ((beside or folder) / "maps" / _file(code, name)).is_file():
            done.addresses[code] = f"maps/{_file(code, name)}"
    with pool_here() as workers:
        at_once = min(os.cpu_count() or 1, workers.workers, _AT_ONCE)
    with ThreadPoolExecutor(at_once) as pool:
        pages = []
        for name, found in zip(names, pool.map(page, codes, names), strict=True):
            pages.append(found)
            if watch is not None:
                watch(len(pages), len(names), name)
    for code, name, found in zip(codes, names, pages, strict=True):
        if isinstance(found, str):
            done.failures[name] = found
        else:
            done.outputs.append(found)
            done.addresses[code] = f"maps/{found.name}"
    return done


def twice(make: Callable[[], list[Path]]) -> list[Path]:
    """Try once more what failed: a disk that stumbled, a file another program held."""
    try:
        return make()
    except Exception:
        return make()


def _file(code: str, name: str) -> str:
    return f"{safe_name(code)}-{safe_name(name)}.html"


def city_pages(
    region: Region, results: Results, folder: Path, *, pages: Mapping[str, str], date: str | None = None,
    beside: Path | None = None, keep: Keeper | None = None, stock: CarbonStock | None = None,
) -> Written:  # fmt: skip
    """Write the pages of the whole city: comparison of two townships, forest and restoration works, index.

    Parameters
    ----------
    region, results, folder, date
        As in :func:`township_pages`.
    pages : mapping of str to str
        Code of a township -> address of its page.
    beside : pathlib.Path, optional
        As in :func:`township_pages`.
    keep : Keeper, optional
        Takes pages from the store of the run.
    stock : CarbonStock, optional
        As in :func:`township_pages`.
    """
    kept = keep or Keeper()
    if stock is None and results.stock is not None:
        stock = load_stock(results.stock)
    outlook = results.outlook
    done, links = Written(), dict[str, str]()
    named = {f"tables/{region.slug}.xlsx": _WORKBOOK,
             f"vectors/{region.slug}.gpkg": ("矢量图层 GeoPackage", "layers, GeoPackage"),
             f"reports/{report_stem(region, '', region.name)}.docx": _BRIEF,
             "pictures/": ("静态地图（PNG、SVG）", "static maps (PNG, SVG)")}  # fmt: skip
    there = [folder] if beside is None else [folder, beside]
    files = {href: label for href, label in named.items() if any((place / href).exists() for place in there)}

    def page(key: str, name: str, make: Callable[[FrameOf], str]) -> None:
        def draw() -> list[Path]:
            return [save(make(partial(kept.frame, (key,))), folder / name)]

        try:
            parts = [name, sorted(pages.items()), sorted(links.items()), sorted(files.items())]
            done.outputs += twice(lambda: kept.files("page", parts, folder, draw))
            kept.keep_frame((key,))
            links[key] = name
        except Exception as error:  # the others, and all tables, are written nevertheless
            if no_room(error):
                raise
            faults.error("page %s", name, exc_info=True)
            done.failures[name] = f"{type(error).__name__}: {error}"

    if len(region.townships) > 1:
        others = {code: href.removeprefix("maps/") for code, href in pages.items()}
        page("compare", "maps/compare.html", lambda frame_of: compare_page(
            region, roofs=results.roofs, plan=results.plan, stock=stock, terrain=region.terrain, pages=others,
            home="../index.html", date=date, frame_of=frame_of,
        ))  # fmt: skip
    if stock is not None and outlook is not None:
        page("works", "maps/works.html", lambda frame_of: works_page(
            region, stock=stock, outlook=outlook, terrain=region.terrain, home="../index.html", date=date,
            frame_of=frame_of,
        ))  # fmt: skip
    between = dict(links)
    page("index", "index.html", lambda frame_of: index_page(
        region, roofs=results.roofs, plan=results.plan, stock=stock, pages=pages, files=files, links=between, date=date,
        scorecard=results.scorecard, balance=results.balance, yearly=results.yearly,
        readings=results.readings, sites=results.sites, meters=results.meters,
        repowered=None if results.plan is None else results.plan.repowered, frame_of=frame_of,
    ))  # fmt: skip
    return done
