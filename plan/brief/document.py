"""The brief of a township or of the city: a Word document with text, tables and maps from the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from guanghui.geo.text import plain_text
from guanghui.maps.words.i18n import word
from guanghui.maps.words.level import in_words_of
from guanghui.maps.words.numbers import area_unit, areas_in, format_number, format_range, land_areas_in
from guanghui.plan.brief.docx import Brief, BriefTable, Column
from guanghui.plan.brief.meters import write_meters
from guanghui.plan.brief.outlook import OutlookPart
from guanghui.plan.brief.plan import balance_table, readings_table, scorecard_table, yearly_table
from guanghui.plan.brief.pv import PvPart
from guanghui.plan.brief.repowered import write_repowered
from guanghui.plan.brief.sink import SinkPart, factor_table
from guanghui.plan.brief.sites import write_sites
from guanghui.plan.brief.words import say, sentences
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.value import value_of
from guanghui.pv.assessment.formed import ASSUMED
from guanghui.sinks.factors.coefficients import Draws

__all__ = ["write_brief"]

_LONGEST_NAME = 40


@dataclass(frozen=True)
class _Place:
    """What a brief is about, and all it is made from."""

    region: Region
    results: Results
    code: str
    lang: str
    date: str
    pictures: Mapping[str, Path]
    pv: PvPart | None
    sink: SinkPart | None
    scorecard: pd.DataFrame | None
    balance: pd.DataFrame | None

    @property
    def name(self) -> str:
        """Name of the place in the language of the brief."""
        if not self.code:
            return self.city
        row = self.region.townships.set_index("code").loc[self.code]
        return plain_text(row["name"] if self.lang == "zh" else row["name_en"] or row["name"], _LONGEST_NAME)

    @property
    def city(self) -> str:
        """Name of the city."""
        return plain_text(self.region.name if self.lang == "zh" else self.region.name_en, _LONGEST_NAME)

    @property
    def area_m2(self) -> float:
        """Area of the place."""
        areas = self.region.townships.set_index("code")["area_m2"]
        return float(areas.loc[self.code] if self.code else areas.sum())

    @property
    def marks(self) -> list[str]:
        """What is not real about the results."""
        roofs = self.results.roofs
        weather = roofs is not None and bool(roofs.attrs.get("illustrative_weather"))
        return [m for m, on in (("demo", self.region.illustrative), ("weather", weather)) if on]


@in_words_of
def write_brief(
    region: Region,
    results: Results,
    path: Path,
    *,
    code: str = "",
    pictures: Mapping[str, Path] | None = None,
    lang: str | None = None,
    date: str | None = None,
    scorecard: pd.DataFrame | None = None,
    balance: pd.DataFrame | None = None,
    draws: Draws | None = None,
) -> Path:
    """Write the brief of a township or of the city.

    Parameters
    ----------
    region : Region
        Names, settings and notes.
    results : Results
        What there is; parts without a result are left out.
    path : pathlib.Path
        ``.docx``; it is either whole or absent.
    code : str, default ""
        Township; the city by default.
    pictures : mapping of str to pathlib.Path, optional
        View (``maps.pictures.static.STATIC_VIEWS``) -> PNG.
    lang : str, optional
        ``zh`` or ``en``; that of the settings by default.
    date : str, optional
        Shown below the title; none keeps the bytes the same from day to day.
    scorecard, balance : pandas.DataFrame, optional
        Results held against the plan; in the brief of the city alone.
    draws : sinks.coefficients.Draws, optional
        Of the carbon account, to share them between briefs.

    Returns
    -------
    pathlib.Path
    """
    lang = lang or region.settings.maps.lang
    pv = sink = None
    if results.roofs is not None:
        prices = None if results.pv_side is None else results.pv_side.prices
        pv = PvPart(region.townships, results.roofs, results.plan, code, lang, prices)
    if results.stock is not None:
        own = draws or Draws(results.stock.settings.draws, region.seed)
        sink = SinkPart(region.townships, results.stock, code, lang, own)
    place = _Place(region, results, code, lang, date or "", pictures or {}, pv, sink, scorecard, balance)
    brief = Brief(lang, (say("table", lang), say("figure", lang)))
    with areas_in(region.settings.maps.unit):
        _head(brief, place)
        _key_figures(brief, place)
        if pv is not None:
            _pv(brief, place, pv)
        if results.sites is not None:
            write_sites(brief, results.sites, code, lang)
        if results.meters is not None:
            write_meters(brief, results.meters, code, lang)
        if sink is not None:
            _carbon(brief, place, sink)
        if not code:
            _against_plan(brief, place)
        _method(brief, place)
        _doubts(brief, place)
    return brief.save(path)


def _head(brief: Brief, place: _Place) -> None:
    lang, region = place.lang, place.region
    title = say("title", lang, place=place.name)
    marks = say("and", lang).join(say(f"mark_{m}", lang) for m in place.marks)
    settings = region.settings.maps
    source = settings.source_zh if lang == "zh" else settings.source_en or settings.source_zh
    foot = " · ".join([t for t in (source, say("internal", lang) if settings.internal_use else "") if t])
    brief.frame(title, marks, foot, say("page", lang, page="{page}", pages="{pages}"))
    about = [say("under_city", lang, city=place.city)] if place.code else [
        say("under_townships", lang, count=len(region.townships))
    ]  # fmt: skip
    about.append(say("area", lang, area=format_number(place.area_m2, "m2", lang)))
    about += [say("code", lang, code=place.code or region.code)] if place.code or region.code else []
    about += [say("date", lang, date=place.date)] if place.date else []
    brief.title(title, " · ".join(about))
    for mark in place.marks:
        brief.notice(say(f"about_{mark}", lang))


def _key_figures(brief: Brief, place: _Place) -> None:
    lang = place.lang
    rows: list[tuple[str, str, str]] = []
    if place.pv is not None and len(place.pv.own):
        rows += _pv_figures(place.pv)
    if place.sink is not None:
        rows += _sink_figures(place.sink)
    if not rows:
        return
    brief.heading(say("h_key", lang))
    names, values, ends = (list(column) for column in zip(*rows, strict=True))
    brief.table(BriefTable(say("t_key", lang), (
        Column(say("item", lang), names, 2.0, number=False), Column(say("value", lang), values, 1.2),
        Column(say("interval", lang), ends, 1.5),
    )))  # fmt: skip


def _pv_figures(pv: PvPart) -> list[tuple[str, str, str]]:
    own, lang = pv.own, pv.lang
    rows = [
        ("k_roofs", int((own["capacity_kwp"] > 0).sum()), "roofs"),
        ("k_usable", float(own["usable_m2"].sum()), "m2"),
        ("k_capacity", float(own["capacity_kwp"].sum()), "kwp"),
        ("k_yield", float(own["yield_kwh"].sum()), "kwh"),
    ]
    found = [(say(key, lang), format_number(value, unit, lang), "—") for key, value, unit in rows]
    ends = pv.interval()
    if ends is not None:
        found[-1] = (*found[-1][:2], format_range(*ends, "kwh", lang, figure=rows[-1][1]))
    if pv.plan is not None:
        year = pv.years[-1]
        last = pv.facts().loc[year]
        for key, column, unit in (("k_phase", "capacity_kwp", "kwp"), ("k_avoided", "avoided_co2_t", "tco2")):
            found.append((say(key, lang, year=year), format_number(last[column], unit, lang), "—"))
    return found


def _sink_figures(sink: SinkPart) -> list[tuple[str, str, str]]:
    row, lang = sink.row, sink.lang
    scale = row["sink_co2_t_yr"] / row["sink_tc_yr"] if row["sink_tc_yr"] else 0.0
    found = [
        (say("k_forest", lang), format_number(100.0 * row["forest_cover"], "pct", lang), "—"),
        (say("k_stock", lang), format_number(row["total_tc"], "tc", lang),
         format_range(row["total_low_tc"], row["total_high_tc"], "tc", lang, figure=row["total_tc"])),
        (say("k_sink", lang), format_number(row["sink_co2_t_yr"], "tco2", lang),
         format_range(scale * row["sink_low_tc_yr"], scale * row["sink_high_tc_yr"], "tco2", lang,
                      figure=row["sink_co2_t_yr"])),
    ]  # fmt: skip
    if row["wetland_ha"] > 0:
        ends = row["wetland_balance_low_tco2e_yr"], row["wetland_balance_high_tco2e_yr"]
        value = row["wetland_balance_tco2e_yr"]
        between = format_range(*ends, "tco2e", lang, figure=value)
        found.append((say("k_wetland", lang), format_number(value, "tco2e", lang), between))
    return found


def _picture(brief: Brief, place: _Place, view: str) -> None:
    if view in place.pictures:
        key = f"static_{view}_city" if view == "pv" and not place.code else f"static_{view}"
        title = f"{place.name}{'' if place.lang == 'zh' else ': '}{word(key, place.lang)}"
        brief.picture(place.pictures[view], title, title)


def _pv(brief: Brief, place: _Place, pv: PvPart) -> None:
    lang = place.lang
    brief.heading(say("h_pv", lang))
    brief.heading(say("h_potential", lang), 2)
    brief.text(pv.potential())
    if pv.own.empty:
        return
    brief.table(pv.by_class())
    if not place.code and len(place.region.townships) > 1:
        brief.table(pv.by_township())
    _picture(brief, place, "pv")
    if pv.plan is None:
        return
    brief.heading(say("h_programme", lang), 2)
    brief.text(pv.programme(place.name, by_class=place.region.settings.coverage.order == "class"))
    brief.table(pv.by_phase())
    if not place.code and len(place.region.townships) > 1:
        brief.table(pv.phase_by_township())
    write_repowered(brief, pv.plan.repowered, place.code, lang)
    if not place.code and place.results.readings is not None:
        brief.table(readings_table(place.results.readings, lang))
    _picture(brief, place, "phases")


def _carbon(brief: Brief, place: _Place, sink: SinkPart) -> None:
    lang = place.lang
    brief.heading(say("h_carbon", lang))
    brief.heading(say("h_stock", lang), 2)
    brief.text(sentences(lang, *sink.stock_text()))
    brief.table(sink.by_class())
    brief.table(sink.by_pool())
    if not place.code and len(place.region.townships) > 1:
        brief.table(sink.by_township())
    _picture(brief, place, "carbon")
    brief.heading(say("h_flux", lang), 2)
    brief.text(sentences(lang, *sink.flux_text(), say("s_never", lang)))
    if place.results.value is not None:
        brief.text(_value_text(value_of(place.results.value, place.code), lang))
    brief.table(sink.change())
    wetlands = sink.wetlands()
    if wetlands is not None:
        brief.table(wetlands)
    _picture(brief, place, "land")
    if place.results.outlook is None:
        return
    ahead = OutlookPart(place.results.outlook, place.code, lang)
    table = ahead.table()
    if table is not None:
        brief.heading(say("h_outlook", lang), 2)
        brief.text(sentences(lang, *ahead.sentences()))
        brief.table(table)


def _value_text(row: pd.Series, lang: str) -> str:
    """Value of the carbon fixed in a year, as a figure where a price is named, else as a band."""
    low, high = row["value_low_yuan_yr"], row["value_high_yuan_yr"]
    named = pd.notna(row["value_yuan_yr"])
    value = format_number(row["value_yuan_yr"], "yuan", lang) if named else format_range(low, high, "yuan", lang)
    price = f"{row['price_yuan_t']:g}" if named else f"{row['price_low_yuan_t']:g}–{row['price_high_yuan_t']:g}"
    return say("s_value", lang, fixed=format_number(row["fixed_co2_t_yr"], "tco2", lang), value=value, price=price,
               source=row[f"price_{lang}"])  # fmt: skip


def _against_plan(brief: Brief, place: _Place) -> None:
    lang = place.lang
    if place.scorecard is None and place.balance is None:
        return
    brief.heading(say("h_plan", lang))
    brief.text(say("s_plan", lang))
    if place.scorecard is not None:
        brief.table(scorecard_table(place.scorecard, lang))
    if place.results.yearly is not None:
        brief.table(yearly_table(place.results.yearly, lang))
    if place.balance is not None:
        doubt = str(place.balance.attrs.get(f"doubt_{lang}", ""))
        if doubt:
            brief.text(doubt)
        brief.table(balance_table(place.balance, lang))


def _method(brief: Brief, place: _Place) -> None:
    lang, region = place.lang, place.region
    lines = []
    if place.pv is not None and len(place.pv.own):
        roofs, settings = place.pv.own, region.settings.pv
        lines.append(say(
            "m_pv", lang, sky=settings.sky_model,
            efficiency=format_number(100.0 * settings.module_efficiency, "pct", lang),
            weather=plain_text(roofs.attrs.get("weather" if lang == "zh" else "weather_en") or "—", 80),
            ghi=format_number(float(roofs["ghi_kwh_m2"].median()), "kwh_m2", lang),
            surface=format_number(100.0 * float((roofs["lod"] == "surface").mean()), "pct", lang),
        ))  # fmt: skip
        if "form_source" in roofs and (roofs["form_source"] == ASSUMED).any():
            assumed = roofs["form_source"] == ASSUMED
            share = float(roofs["yield_kwh"][assumed].sum() / max(roofs["yield_kwh"].sum(), 1e-9))
            common = float(roofs["form_common"][assumed].iloc[0])
            lines.append(say("m_form", lang, share=format_number(100.0 * share, "pct", lang),
                             common=format_number(100.0 * common, "pct", lang)))  # fmt: skip
        if place.pv.plan is not None:
            lines.append(say("m_coverage", lang))
    if place.results.stock is not None:
        stock = place.results.stock
        s, volume = stock.settings, stock.reconciliation.summary.loc["standing_volume"]
        lines.append(say("m_carbon", lang, conversion=s.conversion, depth=s.soil_depth_cm, draws=f"{s.draws:,}"))
        if s.standing_volume_m3 is not None:
            lines.append(say(
                "m_volume", lang, official=format_number(volume["official"], "m3", lang),
                raw=format_number(volume["raw"], "m3", lang), factor=f"{volume['factor']:.3f}",
            ))  # fmt: skip
        lines += [say("m_stands", lang)] if region.stands is not None else []
        lines.append(say("m_gwp", lang, gwp=s.gwp))
    brief.heading(say("h_method", lang))
    brief.bullets(lines)


def _doubts(brief: Brief, place: _Place) -> None:
    lang = place.lang
    brief.heading(say("h_doubts", lang))
    notes = [land_areas_in(n.in_language(lang), area_unit()) for n in place.region.notes]
    if notes:
        brief.text(say("s_doubts", lang))
        brief.bullets(notes)
    if place.sink is None or place.results.stock is None:
        return
    used = place.sink.factor_ids()
    doubtful = place.results.stock.unverified
    mine = doubtful[doubtful["id"].isin(used)]
    if len(mine):
        brief.text(say("s_factors", lang, used=len(used), count=len(mine)))
        brief.table(factor_table(mine, lang))
