"""Table and sentence of the brief about plants beyond roofs."""

from __future__ import annotations

import math

from guanghui.maps.words.numbers import format_number
from guanghui.plan.brief.docx import Brief, BriefTable, Column
from guanghui.plan.brief.pv import numbers
from guanghui.plan.brief.words import say
from guanghui.pv.sites.assess import Sites
from guanghui.pv.sites.presets import preset

__all__ = ["write_sites"]


def write_sites(brief: Brief, sites: Sites, code: str, lang: str) -> None:
    """Write what plants beyond roofs give in a township, or in all; nothing where there are none.

    Parameters
    ----------
    brief : Brief
        Document.
    sites : Sites
        Plants.
    code : str
        Township; empty for all.
    lang : str
        ``zh`` or ``en``.
    """
    rows = sites.by_site(code)
    if rows.empty:
        return
    total = sites.total(code)
    brief.heading(say("h_sites", lang), 2)
    brief.text(say(
        "s_sites", lang, count=len(rows), capacity=format_number(total["capacity_kwp"], "kwp", lang),
        energy=format_number(total["yield_kwh"], "kwh", lang),
        hours=format_number(total["specific_yield_kwh_kwp"], "kwh_kwp", lang),
    ))  # fmt: skip
    kinds = [preset(str(k)).zh if lang == "zh" else preset(str(k)).en for k in rows["kind"]]
    brief.table(BriefTable(say("t_sites", lang), (
        Column(say("c_site", lang), [str(name) for name in rows.index], 1.6, number=False),
        Column(say("c_kind", lang), kinds, 1.0, number=False),
        Column(say("c_when", lang), [str(y) if y else "—" for y in rows["year"]], 0.6, number=False),
        numbers(say("c_site_land", lang), rows["usable_m2"].tolist(), "m2", lang),
        Column(say("c_density", lang), [f"{w:.1f}" for w in rows["w_m2"]], 0.9),
        numbers(say("c_capacity", lang), rows["capacity_kwp"].tolist(), "kwp", lang),
        Column(say("c_hills", lang), ["—" if math.isnan(v) else f"{v:.1f}" for v in rows["hills_loss_pct"]], 0.7),
        numbers(say("c_yield", lang), rows["yield_kwh"].tolist(), "kwh", lang),
    )))  # fmt: skip
