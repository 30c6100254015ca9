"""The run's conscience: every input read once, what must fit together held against each other, the work rehearsed.

What was believed once is believed again while it is the same: its notes are kept under a key of the files and settings
(:class:`plan.results.keeping.Keeper`), and only what hangs on money and targets is read anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Note
from guanghui.geo.unread import unread
from guanghui.maps.page.basemap import tiles_for
from guanghui.plan.inputs.belonging import STEPS, grid_places, place_of_factors
from guanghui.plan.inputs.lines import still_asked
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.results.keeping import NOT_IN_FRAMES, Keeper
from guanghui.plan.results.scorecard import known_items
from guanghui.plan.run.rehearsal import rehearse_carbon, rehearse_roofs
from guanghui.pv.programme.repowering import check_repowering
from guanghui.sinks.totals import has_totals

__all__ = ["check"]

_MONEY = (grid_places, place_of_factors)
"""Steps that hold prices and factors against the place."""


def check(
    region: Region, *, rehearse: bool = False, keep: Keeper | None = None, fresh: bool = False
) -> list[InputError]:
    """Read every input the region file names.

    Parameters
    ----------
    region : Region
        Opened region.
    rehearse : bool, default False
        Also walk the way of a run with a few roofs, and the whole carbon account, so that what a run would refuse later
        is refused here. A run itself needs no rehearsal.
    keep : Keeper, optional
        Store of the run: what it holds of an earlier check of the same files is not read again.
    fresh : bool, default False
        Read everything nevertheless.

    Returns
    -------
    list of InputError
        One for each input that cannot be used; empty when all is well.
    """
    problems: list[InputError] = []
    kept = None if keep is None or rehearse else keep.believed(region, fresh=fresh)
    told: dict[str, list[Note]] = {}

    def attempt(name: str, read: Callable[[], Any], *, always: bool = False) -> None:
        if kept is not None and name in kept and not always:
            region.notes.take(kept[name])
            return
        with region.notes.heard() as told[name]:
            tried(read)

    def tried(read: Callable[[], Any]) -> None:
        try:
            read()
        except Exception as raised:
            error = raised if isinstance(raised, InputError) else unread(raised)
            if error is None:
                raise
            if str(error) not in {str(p) for p in problems}:
                problems.append(error)

    attempt("items", lambda: known_items(region), always=True)
    if region.plan_only:
        for entry in INPUTS:
            if entry.kind == "table" and entry.given(region.file):
                attempt(entry.name, lambda e=entry: e.read(region), always=True)  # type: ignore[misc]
        return problems
    for name, read, always in _readings(region):
        attempt(name, read, always=always)
    if region.file.buildings is None and region.file.landcover is None and not has_totals(region.settings.sinks):
        asked = still_asked(region.path)
        en = f" The file still asks: {' '.join(asked)}" if asked else ""
        zh = f"文件中还有待答：{' '.join(asked)}" if asked else ""
        problems.append(
            InputError(
                f"{region.path}: neither [buildings] nor [landcover] nor official totals in [sinks] are given; "
                f"there is nothing to work out.{en}",
                f"{region.path}：[buildings]、[landcover] 与 [sinks] 官方总量均未给出，无可计算。{zh}",
            )
        )
    for belongs in STEPS:  # a layer that cannot be read is told once
        attempt(belongs.__name__, lambda b=belongs: b(region), always=belongs in _MONEY)  # type: ignore[misc]
    if rehearse and not problems:
        attempt("rehearse roofs", lambda: rehearse_roofs(region))
        attempt("rehearse carbon", lambda: rehearse_carbon(region))
    elif keep is not None and kept is None and not problems:
        keep.keep_believed(region, told)
    return problems


def _readings(region: Region) -> Iterator[tuple[str, Callable[[], Any], bool]]:
    """Everything that is read, by a name of its own, and whether money or targets are in it."""
    yield "townships", lambda: region.townships, False
    yield "crs", lambda: region.crs, False
    yield "prices", lambda: region.price_tables, True
    for entry in INPUTS:
        if entry.given(region.file):
            money = entry.section.split(".")[0] in NOT_IN_FRAMES
            yield f"files of {entry.name}", lambda e=entry: region.files_of(e), money  # type: ignore[misc]
            yield entry.name, lambda e=entry: e.read(region), money  # type: ignore[misc]
    yield "two dates", lambda: region.two_dates, False
    yield "events", lambda: region.events, False
    yield "chosen roofs", lambda: region.chosen_years, True
    yield "repowering", lambda: _repowering(region), True
    yield "tiles", lambda: tiles_for(region.settings.maps), False
    if region.file.buildings is not None:
        yield "weather", lambda: region.weather, False


def _repowering(region: Region) -> None:
    """Whether new modules are better than the old ones, and these old enough."""
    coverage = region.settings.coverage
    if coverage.repowering is not None:
        years = [phase.year for phase in coverage.phases]
        check_repowering(coverage.repowering, years, region.settings.pv.module_efficiency)
