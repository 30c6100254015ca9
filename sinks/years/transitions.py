"""Which class became which between two dates: what maps of cells and survey polygons both tell."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from guanghui.sinks.tables import WHOLE_CODE

__all__ = ["PAIR", "Transitions", "errors_ha", "netted", "swapped"]

PAIR = ["code", "before", "after"]
"""Columns of a pair of classes in a township."""

_NEIGHBOURS = 2.0
"""Two thin pieces that meet share a corner of a redrawn border, and with it half of their error."""


@dataclass(frozen=True)
class Transitions:
    """Which class became which."""

    frame: pd.DataFrame
    """Long: ``code`` (township), ``before``, ``after`` (class keys), ``area_ha``; only land known at both dates."""
    coverage: pd.DataFrame
    """Index ``code``: ``both_ha``, ``only_before_ha``, ``only_after_ha``, ``neither_ha``."""
    years: float
    """Years between the two dates."""
    cell_ha: float = 0.0
    """Area of a cell in the middle of the map [ha], the size of an error of one cell; 0 for polygons."""
    codes: pd.DataFrame | None = None
    """Of polygons, pairs of codes: ``code`` (township), ``before``, ``after`` (codes of the survey) with their labels
    and classes, ``area_ha``, ``border_ha`` (of it along redrawn borders)."""
    pieces: pd.DataFrame | None = None
    """Of polygons, pairs of classes that changed: ``border_ha``, ``border_ha2`` and ``pieces_ha2`` (squares of the
    areas of the pieces along borders and of the others, summed)."""

    def matrix(self, code: str = WHOLE_CODE) -> pd.DataFrame:
        """Area [ha] of every class before (rows) that became one after (columns), of a township or of all.

        Parameters
        ----------
        code : str, default ""
            Of a township; the whole city by default.
        """
        rows = self.frame if code == WHOLE_CODE else self.frame[self.frame["code"] == code]
        return rows.pivot_table("area_ha", "before", "after", "sum", fill_value=0.0)


def swapped(frame: pd.DataFrame) -> pd.DataFrame:
    """Change of every pair of classes both ways, by township.

    Parameters
    ----------
    frame : pandas.DataFrame
        As in :class:`Transitions`.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``before``, ``after`` (the greater way), ``forth_ha``, ``back_ha``, ``gross_ha``, ``net_ha``.
    """
    changed = frame[frame["before"] != frame["after"]]
    back = changed.rename(columns={"before": "after", "after": "before", "area_ha": "back_ha"})
    both = changed.rename(columns={"area_ha": "forth_ha"}).merge(back, how="outer", on=PAIR)
    both = both.fillna({"forth_ha": 0.0, "back_ha": 0.0})
    first = (both["forth_ha"] > both["back_ha"]) | (
        (both["forth_ha"] == both["back_ha"]) & (both["before"] < both["after"])
    )
    out = both[first].copy()
    out["gross_ha"], out["net_ha"] = out["forth_ha"] + out["back_ha"], out["forth_ha"] - out["back_ha"]
    return out.sort_values("gross_ha", ascending=False).reset_index(drop=True)


def netted(frame: pd.DataFrame, swaps: pd.DataFrame) -> pd.DataFrame:
    """Areas with what was only swapped put back to both classes: each class still has its area at both dates.

    Parameters
    ----------
    frame : pandas.DataFrame
        As in :class:`Transitions`.
    swaps : pandas.DataFrame
        From :func:`swapped`.
    """
    still = frame[frame["before"] == frame["after"]]
    mutual = swaps[swaps["back_ha"] > 0]
    kept = [
        mutual.assign(before=mutual[side], after=mutual[side], area_ha=mutual["back_ha"])
        for side in ("before", "after")
    ]
    net = swaps[swaps["net_ha"] > 0].rename(columns={"net_ha": "area_ha"})
    columns = [*PAIR, "area_ha"]
    whole = pd.concat([f[columns] for f in (still, *kept, net)])
    return whole.groupby(PAIR, as_index=False)["area_ha"].sum()


def errors_ha(found: Transitions, swaps: pd.DataFrame) -> pd.DataFrame:
    """Random error of the net area of each pair of classes that independent errors of the two dates make.

    Of n cells that changed between two classes, each one way or the other with even chance, the net has the variance n.
    Of polygons it is the pieces that lie on one side or the other: along borders all of them, twice because neighbours
    share a corner; inside, those of the lesser way and as many of the other.

    Parameters
    ----------
    found : Transitions
        Areas, with ``pieces`` for polygons.
    swaps : pandas.DataFrame
        From :func:`swapped`.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``before``, ``after`` and ``sd_ha``; pairs without an error are left out.
    """
    columns = [*PAIR, "sd_ha"]
    if found.pieces is None:
        both = swaps[swaps["back_ha"] > 0]
        return both.assign(sd_ha=(both["gross_ha"] * found.cell_ha) ** 0.5)[columns]
    out = swaps[PAIR]
    turned = found.pieces.rename(columns={"before": "after", "after": "before"})
    both = out.merge(found.pieces, how="left", on=PAIR).merge(turned, how="left", on=PAIR, suffixes=("", "_back"))
    both = both.fillna(0.0)
    variance = _NEIGHBOURS * (both["border_ha2"] + both["border_ha2_back"]) + 2 * both["pieces_ha2_back"]
    return out.assign(sd_ha=variance.to_numpy() ** 0.5)[variance.to_numpy() > 0][columns]
