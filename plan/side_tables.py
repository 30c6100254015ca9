"""The small tables beside the layers: read once before anything is worked out."""

from __future__ import annotations

from collections.abc import Callable

from geo.errors import InputError
from plan.grid import grid_table
from plan.region import Region
from plan.scorecard import known_items
from pv.economics import prices
from pv.existing import read_existing
from pv.loads import load_shapes

__all__ = ["side_tables"]


def side_tables(region: Region) -> list[str]:
    """Read existing systems, grid, prices, loads and targets.

    Parameters
    ----------
    region : Region
        Opened region.

    Returns
    -------
    list of str
        One sentence for each that cannot be used.
    """
    problems = []
    checks: tuple[Callable[[Region], object], ...] = (_existing, grid_table, _economics, known_items)
    for check in checks:
        try:
            check(region)
        except InputError as error:
            problems.append(str(error))
    return problems


def _existing(region: Region) -> None:
    section = region.file.existing
    if section is not None:
        read_existing(region.path_of("existing", "path", section.path))


def _economics(region: Region) -> None:
    settings = region.file.economics
    if settings is not None:
        prices(settings)
        load_shapes(region.path_of("economics", "loads", settings.loads) if settings.loads else None)
