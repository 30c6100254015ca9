"""Every input of a region read once, before anything is worked out."""

from __future__ import annotations

from collections.abc import Callable

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.power_grid import grid_table
from guanghui.plan.results.programme import existing_systems, price_tables
from guanghui.plan.results.scorecard import known_items
from guanghui.sinks.totals import has_totals

__all__ = ["check"]

_SIDE_TABLES: tuple[Callable[[Region], object], ...] = (existing_systems, grid_table, price_tables, known_items)
"""What reads the small tables beside the layers."""


def check(region: Region) -> list[InputError]:
    """Read every input the region file names.

    Parameters
    ----------
    region : Region
        Opened region.

    Returns
    -------
    list of InputError
        One sentence for each input that cannot be used; empty when all is well.
    """
    problems: list[InputError] = []
    for read in _SIDE_TABLES:
        try:
            read(region)
        except InputError as error:
            problems.append(error)
    if region.plan_only:
        return problems
    for part in (
        "townships",
        "crs",
        "surface",
        "terrain",
        "buildings",
        "landcover",
        "landcover_before",
        "two_dates",
        "wetlands",
        "stands",
        "biomass",
        "farmland",
        "excluded",
        "planned",
        "cleared",
        "works",
    ):
        try:
            getattr(region, part)
        except InputError as error:
            problems.append(error)
    if region.file.buildings is not None:
        try:
            _ = region.weather
        except InputError as error:
            problems.append(error)
    if region.file.buildings is None and region.file.landcover is None and not has_totals(region.settings.sinks):
        problems.append(
            InputError(
                f"{region.path}: neither [buildings] nor [landcover] nor official totals in [sinks] are given; "
                "there is nothing to work out.",
                f"{region.path}：[buildings]、[landcover] 与 [sinks] 官方总量均未给出，无可计算。",
            )
        )
    return problems
