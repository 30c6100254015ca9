"""Repowering on the pages: what better modules add, apart from the phases."""

from __future__ import annotations

from typing import Any

import pandas as pd

from guanghui.geo.buildings import BUILDING_CLASSES
from guanghui.maps.page.figures import figure, figure_table, words_of
from guanghui.maps.words.i18n import words
from guanghui.pv.programme.repowering import REPOWERED_SUMS

__all__ = ["repowered_sums", "repowered_table"]

_UNITS = dict(zip(REPOWERED_SUMS, ("count", "kwp", "kwp", "kwh", "tco2", "yuan"), strict=True))
_HEADS = ("repowered_roofs", "repowered_replaced", "repowered_added", "fact_yield_kwh", "fact_avoided_co2_t",
          "fact_capex_yuan")  # fmt: skip


def repowered_sums(repowered: pd.DataFrame | None, code: str = "") -> pd.DataFrame:
    """Sums by township, or by building class of one township; empty where nothing is repowered there.

    Parameters
    ----------
    repowered : pandas.DataFrame, optional
        From :func:`pv.programme.repowering.repowered`.
    code : str, default ""
        Township; all by default.
    """
    if repowered is None or repowered.empty:
        return pd.DataFrame(columns=["name", *REPOWERED_SUMS])
    rows = repowered if not code else repowered[repowered["township_code"].astype(str) == code]
    key = "building_class" if code else "township"
    sums = rows.groupby(key, sort=False)[list(REPOWERED_SUMS)].sum(min_count=1)
    return sums.rename_axis("name").reset_index()


def repowered_table(repowered: pd.DataFrame | None, code: str = "") -> dict[str, Any] | None:
    """Table of the page of a township, or of the index; None where nothing is repowered.

    Parameters
    ----------
    repowered : pandas.DataFrame, optional
        From :func:`pv.programme.repowering.repowered`.
    code : str, default ""
        Township; all by default.
    """
    sums = repowered_sums(repowered, code)
    if repowered is None or sums.empty:
        return None
    year, assumed = int(repowered["year"].iloc[0]), bool((repowered["mark"] == "assumed").any())
    rows = [
        [_name(str(row["name"]), code), *_figures(pd.Series(row), told=bool(code))] for row in sums.to_dict("records")
    ]
    total = sums[list(REPOWERED_SUMS)].sum(min_count=1)
    price = words()["repowered_price_assumed"] if assumed and total["capex_yuan"] == total["capex_yuan"] else ("", "")
    last = [words_of(*words()["repowered_total"], (str(year), str(year))), *_figures(total, told=bool(code))]
    last[-1]["small"] = list(price)
    first = "repowered_class" if code else "township"
    return figure_table("repowered", [first, *_HEADS], [*rows, last], hint="repowered_hint")


def _figures(row: pd.Series, *, told: bool) -> list[dict[str, Any]]:
    """Cells of a row; the panel of a township has no heads, so there the two powers say which they are."""
    small = {"replaced_kwp": words()["repowered_replaced"], "capacity_kwp": words()["repowered_added"]} if told else {}
    return [figure(float(row[name]), unit, small.get(name, ("", ""))) for name, unit in _UNITS.items()]


def _name(name: str, code: str) -> dict[str, Any]:
    return words_of(*words()[f"class_{name}"]) if code and name in BUILDING_CLASSES else words_of(name)
