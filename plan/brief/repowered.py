"""Table of the brief about better modules on the roofs built first."""

from __future__ import annotations

import pandas as pd

from guanghui.geo.buildings import BUILDING_CLASSES
from guanghui.maps.page.repowered import repowered_sums
from guanghui.maps.words.i18n import word
from guanghui.maps.words.numbers import format_number
from guanghui.plan.brief.docx import Brief, BriefTable, Column
from guanghui.plan.brief.pv import numbers
from guanghui.plan.brief.words import say
from guanghui.pv.programme.repowering import REPOWERED_SUMS

__all__ = ["write_repowered"]


def write_repowered(brief: Brief, repowered: pd.DataFrame | None, code: str, lang: str) -> None:
    """Write what repowering adds in a township, or in all; nothing where there is none.

    Parameters
    ----------
    brief : Brief
        Document.
    repowered : pandas.DataFrame, optional
        From :func:`pv.programme.repowering.repowered`.
    code : str
        Township; empty for all.
    lang : str
        ``zh`` or ``en``.
    """
    sums = repowered_sums(repowered, code)
    if repowered is None or sums.empty:
        return
    total = sums[list(REPOWERED_SUMS)].sum(min_count=1)
    year = int(repowered["year"].iloc[0])
    text = say("s_repowered", lang, year=year, roofs=format_number(total["roofs"], "roofs", lang),
               replaced=format_number(total["replaced_kwp"], "kwp", lang),
               added=format_number(total["capacity_kwp"], "kwp", lang),
               energy=format_number(total["yield_kwh"], "kwh", lang))  # fmt: skip
    if total["capex_yuan"] == total["capex_yuan"] and (repowered["mark"] == "assumed").any():
        text += ("" if lang == "zh" else " ") + say("s_repowered_assumed", lang)
    brief.text(text)
    rows = pd.concat([sums, total.to_frame().T.assign(name="")], ignore_index=True)
    names = [word(f"class_{n}", lang) if code and n in BUILDING_CLASSES else n for n in sums["name"].astype(str)]
    first = Column(say("c_class" if code else "c_township", lang), [*names, say("total", lang)], 1.2, number=False)
    heads = (("c_roofs", "roofs", "roofs"), ("c_replaced", "replaced_kwp", "kwp"), ("c_added", "capacity_kwp", "kwp"),
             ("c_yield", "yield_kwh", "kwh"), ("c_avoided", "avoided_co2_t", "tco2"),
             ("c_capex", "capex_yuan", "yuan"))  # fmt: skip
    columns = [numbers(say(head, lang), rows[column].astype(float).tolist(), unit, lang)
               for head, column, unit in heads if rows[column].notna().any()]  # fmt: skip
    brief.table(BriefTable(say("t_repowered", lang, year=year), (first, *columns), total=True))
