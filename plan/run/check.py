"""The run's conscience: every input read once, what must fit together held against each other, the work rehearsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guanghui.geo.errors import InputError
from guanghui.geo.unread import unread
from guanghui.maps.page.basemap import tiles_for
from guanghui.plan.inputs.belonging import STEPS
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.results.scorecard import known_items
from guanghui.plan.run.rehearsal import rehearse_carbon, rehearse_roofs
from guanghui.sinks.totals import has_totals

__all__ = ["check"]


def check(region: Region, *, rehearse: bool = False) -> list[InputError]:
    """Read every input the region file names.

    Parameters
    ----------
    region : Region
        Opened region.
    rehearse : bool, default False
        Also walk the way of a run with a few roofs, and the whole carbon account, so that what a run would refuse later
        is refused here. A run itself needs no rehearsal.

    Returns
    -------
    list of InputError
        One for each input that cannot be used; empty when all is well.
    """
    problems: list[InputError] = []

    def attempt(read: Callable[[], Any]) -> None:
        try:
            read()
        except Exception as raised:
            error = raised if isinstance(raised, InputError) else unread(raised)
            if error is None:
                raise
            if str(error) not in {str(p) for p in problems}:
                problems.append(error)

    attempt(lambda: known_items(region))
    if region.plan_only:
        for entry in INPUTS:
            if entry.kind == "table" and entry.given(region.file):
                attempt(lambda e=entry: e.read(region))  # type: ignore[misc]
        return problems
    attempt(lambda: region.townships)
    attempt(lambda: region.crs)
    attempt(lambda: region.price_tables)
    for entry in INPUTS:
        if entry.given(region.file):
            attempt(lambda e=entry: region.files_of(e))  # type: ignore[misc]
            attempt(lambda e=entry: e.read(region))  # type: ignore[misc]
    attempt(lambda: region.two_dates)
    attempt(lambda: tiles_for(region.settings.maps))
    if region.file.buildings is not None:
        attempt(lambda: region.weather)
    if region.file.buildings is None and region.file.landcover is None and not has_totals(region.settings.sinks):
        problems.append(
            InputError(
                f"{region.path}: neither [buildings] nor [landcover] nor official totals in [sinks] are given; "
                "there is nothing to work out.",
                f"{region.path}：[buildings]、[landcover] 与 [sinks] 官方总量均未给出，无可计算。",
            )
        )
    for belongs in STEPS:  # a layer that cannot be read is told once
        attempt(lambda b=belongs: b(region))  # type: ignore[misc]
    if rehearse and not problems:
        attempt(lambda: rehearse_roofs(region))
        attempt(lambda: rehearse_carbon(region))
    return problems
