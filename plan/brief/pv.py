"""Tables and sentences of the brief about roofs and the programme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.buildings import BUILDING_CLASSES
from guanghui.maps.page.facts import ALL_ROOFS, pv_facts, with_interval
from guanghui.maps.words.i18n import word
from guanghui.maps.words.numbers import format_column, format_number, format_range
from guanghui.plan.brief.docx import BriefTable, Column
from guanghui.plan.brief.words import say, sentences
from guanghui.plan.results.sensitivity import sensitivity
from guanghui.pv.programme.money import Prices
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.pv.programme.reasons import ALL_LOSSES

__all__ = ["PvPart", "block", "numbers"]

_SUMS = ("roofs", "usable_m2", "capacity_kwp", "yield_kwh")


def numbers(head: str, values: Sequence[float], unit: str, lang: str, *, wide: float = 1.0) -> Column:
    """Column of numbers with one unit, which stands below its heading.

    Parameters
    ----------
    head : str
        Heading of the column.
    values : sequence of float
        In the base unit of ``unit``; a dash is written for NaN.
    unit : str
        Key of the units of the pages, ``kwh`` for instance; the size of the numbers picks its multiple.
    lang : str
        ``zh`` or ``en``.
    wide : float, default 1.0
        Width, against that of the other columns.
    """
    return block([(head, values)], unit, lang, wide=wide)[0]


def block(
    given: Sequence[tuple[str, Sequence[float]]], unit: str, lang: str, *, wide: float = 1.0
) -> list[Column]:  # fmt: skip
    """Columns of numbers that a reader compares with each other: one unit and the same digits for all.

    Parameters
    ----------
    given : sequence
        Heading and values of each column, in the base unit of ``unit``.
    unit : str
        Key of the units of the pages; one multiple is picked for all.
    lang : str
        ``zh`` or ``en``.
    wide : float, default 1.0
        Width of each column, against that of others.
    """
    name, texts = format_column([float(v) for _, values in given for v in values], unit, lang)
    found = []
    for head, values in given:
        mine, texts = texts[: len(values)], texts[len(values) :]
        found.append(Column(f"{head}\n{name}" if name else head, mine, wide))
    return found


@dataclass(frozen=True)
class PvPart:
    """Roofs of a place, and of the whole city beside them."""

    townships: gpd.GeoDataFrame
    roofs: gpd.GeoDataFrame
    """All of the city."""
    plan: CoveragePlan | None
    code: str
    """Township; empty for the city."""
    lang: str
    prices: Prices | None = None

    @property
    def own(self) -> pd.DataFrame:
        """Roofs of the place."""
        if not self.code:
            return self.roofs
        return self.roofs[self.roofs["township_code"].astype(str) == self.code]

    @property
    def years(self) -> list[int]:
        """Years of the phases."""
        return sorted(self.plan.shares) if self.plan is not None else []

    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the energy [kWh/yr], where the result says how sure a roof's is."""
        whole = self.facts().loc[ALL_ROOFS]
        return None if "yield_kwh_low" not in whole else (float(whole["yield_kwh_low"]), float(whole["yield_kwh_high"]))

    def facts(self) -> pd.DataFrame:
        """Sums of the place by year (``ALL_ROOFS`` for everything), ``share_pct`` of its usable area."""
        rows = {}
        for year, table in pv_facts(self.townships, self.roofs, self.plan).items():
            mine = table.loc[[self.code]] if self.code else table
            rows[year] = mine[[c for c in mine if not c.endswith(("_low", "_high", "_pct"))]].sum()
        frame = pd.DataFrame(rows).T
        if "avoided_co2_t" not in frame:
            frame["avoided_co2_t"] = math.nan
        base = frame["available_m2"].where(frame.index != ALL_ROOFS, frame["usable_m2"])
        frame["share_pct"] = 100.0 * frame["usable_m2"] / base.where(base > 0)
        with_interval(frame)
        return frame

    # --- tables
    def by_class(self) -> BriefTable:
        """Potential by building class."""
        sums = self.own.assign(roofs=1).groupby("building_class")[list(_SUMS)].sum()
        present = [*(c for c in BUILDING_CLASSES if c in sums.index), *sorted(set(sums.index) - set(BUILDING_CLASSES))]
        labels = [word(f"class_{c}", self.lang) if c in BUILDING_CLASSES else c for c in present]
        return self._potential("t_class", "c_class", labels, sums.loc[present])

    def by_township(self) -> BriefTable:
        """Potential by township."""
        return self._potential(
            "t_township", "c_township", self._names(), pv_facts(self.townships, self.roofs)[ALL_ROOFS]
        )

    def by_phase(self) -> BriefTable:
        """Programme, cumulative, and all roofs for comparison."""
        assert self.plan is not None
        facts = self.facts().loc[[*self.years, ALL_ROOFS]]
        heads = [*(str(year) for year in self.years), say("all_roofs", self.lang)]
        aims = [100.0 * self.plan.shares[year] for year in self.years]
        columns = [Column(say("c_year", self.lang), heads, 1.0, number=False)]
        columns.append(numbers(say("c_target", self.lang), [*aims, math.nan], "pct", self.lang))
        columns.append(numbers(say("c_share", self.lang), facts["share_pct"].tolist(), "pct", self.lang))
        return BriefTable(say("t_phase", self.lang), (*columns, *self._scale(facts)))

    def phase_by_township(self) -> BriefTable:
        """What is built at the end of the last phase."""
        year = self.years[-1]
        table = pv_facts(self.townships, self.roofs, self.plan)[year]
        whole = self.facts().loc[year]
        rows = pd.concat([table, whole.to_frame().T])[list(table.columns)]
        names = [*self._names(), say("total", self.lang)]
        columns = [Column(say("c_township", self.lang), names, 1.2, number=False)]
        columns.append(numbers(say("c_share", self.lang), rows["share_pct"].tolist(), "pct", self.lang))
        return BriefTable(say("t_phase_township", self.lang, year=year), (*columns, *self._scale(rows)), total=True)

    def _names(self) -> list[str]:
        names = self.townships["name"] if self.lang == "zh" else self.townships["name_en"].where(
            self.townships["name_en"].astype(bool), self.townships["name"])  # fmt: skip
        return names.astype(str).tolist()

    def _scale(self, facts: pd.DataFrame) -> list[Column]:
        """Size of a programme: roofs, capacity, energy, avoided CO₂, investment where known."""
        given = (("c_roofs", "roofs", "roofs"), ("c_capacity", "capacity_kwp", "kwp"), ("c_yield", "yield_kwh", "kwh"),
                 ("c_avoided", "avoided_co2_t", "tco2"), ("c_capex", "capex_yuan", "yuan"))  # fmt: skip
        return [numbers(say(head, self.lang), facts[column].tolist(), unit, self.lang)
                for head, column, unit in given if column in facts and facts[column].notna().any()]  # fmt: skip

    def _potential(self, title: str, head: str, labels: Sequence[str], sums: pd.DataFrame) -> BriefTable:
        rows = pd.concat([sums[list(_SUMS)], sums[list(_SUMS)].sum().to_frame().T])
        hours = rows["yield_kwh"] / rows["capacity_kwp"].where(rows["capacity_kwp"] > 0)
        first = Column(say(head, self.lang), [*labels, say("total", self.lang)], 1.2, number=False)
        units = ("roofs", "m2", "kwp", "kwh")
        heads = ("c_roofs", "c_usable", "c_capacity", "c_yield")
        columns = [numbers(say(h, self.lang), rows[c].tolist(), u, self.lang)
                   for h, c, u in zip(heads, _SUMS, units, strict=True)]  # fmt: skip
        columns.append(numbers(say("c_hours", self.lang), hours.tolist(), "kwh_kwp", self.lang, wide=1.1))
        return BriefTable(say(title, self.lang), (first, *columns), total=True)

    # --- sentences
    def potential(self) -> str:
        """What the roofs could give."""
        own, lang = self.own, self.lang
        by_class = own.groupby("building_class")["capacity_kwp"].sum()
        capacity, energy = float(own["capacity_kwp"].sum()), float(own["yield_kwh"].sum())
        if capacity <= 0:
            return say("s_no_roofs", lang)
        first, usable = str(by_class.idxmax()), int((own["capacity_kwp"] > 0).sum())
        text = say(
            "s_potential", lang, roofs=format_number(len(own), "roofs", lang),
            usable_roofs=format_number(usable, "roofs" if lang == "zh" else "count", lang),
            usable=format_number(float(own["usable_m2"].sum()), "m2", lang),
            capacity=format_number(capacity, "kwp", lang), energy=format_number(energy, "kwh", lang),
            hours=format_number(energy / capacity, "kwh_kwp", lang),
            first=word(f"class_{first}", lang) if first in BUILDING_CLASSES else first,
            first_capacity=format_number(float(by_class.max()), "kwp", lang),
            first_share=format_number(100.0 * float(by_class.max()) / capacity, "pct", lang),
        )  # fmt: skip
        text = sentences(lang, text, *self._lost())
        ends = self.interval()
        if ends is None:
            return text
        between = format_range(*ends, "kwh", lang, figure=energy)
        return sentences(lang, text, say("s_yield_range", lang, range=between))

    def _lost(self) -> list[str]:
        """Where the area of the outlines goes, the largest loss first, and roofs that carry nothing."""
        own, lang = self.own, self.lang
        if "reason" not in own:
            return []
        whole, used = float(own["footprint_m2"].sum()), float(own["used_m2"].sum())
        lost = own[[c for c in ALL_LOSSES if c in own]].sum().sort_values(ascending=False)

        def share(value: float) -> str:
            return format_number(100.0 * value / whole, "pct", lang)

        named = say("and", lang).join(
            f"{word('reason_' + c.removeprefix('lost_').removesuffix('_m2'), lang)} {share(float(v))}"
            for c, v in lost.items()
            if v > 0
        )
        bare = own.loc[own["capacity_kwp"] <= 0, "reason"].value_counts()
        text = [say("s_lost", lang, used=share(used), lost=named)] if named else []
        if len(bare):
            why = say("and", lang).join(f"{word('reason_' + str(r), lang)} {n}" for r, n in bare.items())
            text.append(say("s_bare", lang, roofs=format_number(int(bare.sum()), "roofs", lang), why=why))
        return text

    def programme(self, place: str, *, by_class: bool) -> str:
        """What the phases ask for and what this place builds.

        Parameters
        ----------
        place : str
            Name of the township or city, in the language of the brief.
        by_class : bool
            Whether a phase asks for a share of each building class, not of all roofs by merit.

        Returns
        -------
        str
            A paragraph.
        """
        assert self.plan is not None
        lang, year = self.lang, self.years[-1]
        last = self.facts().loc[year]
        steps = say("and", lang).join(
            say("s_step", lang, year=y, share=format_number(100.0 * self.plan.shares[y], "pct", lang))
            for y in self.years
        )
        parts = [
            say("s_programme" if by_class else "s_programme_merit", lang, steps=steps),
            say("s_reached", lang, year=year, place=place, roofs=format_number(last["roofs"], "roofs", lang),
                capacity=format_number(last["capacity_kwp"], "kwp", lang),
                energy=format_number(last["yield_kwh"], "kwh", lang),
                share=format_number(last["share_pct"], "pct", lang)),
        ]  # fmt: skip
        if np.isfinite(self.plan.co2_kg_kwh):
            avoided = format_number(last["avoided_co2_t"], "tco2", lang)
            parts.append(say("s_avoided", lang, factor=f"{self.plan.co2_kg_kwh:g}", avoided=avoided))
        if np.isfinite(last.get("capex_yuan", np.nan)):
            parts.append(say("s_capex", lang, capex=format_number(last["capex_yuan"], "yuan", lang)))
        parts += self._money()
        return sentences(lang, *parts)

    def _money(self) -> list[str]:
        """What the new systems of the last phase cost and earn, taken together."""
        if self.prices is None or self.plan is None or "capex_yuan" not in self.own:
            return []
        found = sensitivity(self.own, self.plan, self.prices).iloc[0]
        if not np.isfinite(found["lcoe_yuan_kwh"]):
            return []
        lang = self.lang
        return [say("s_money", lang, lcoe=format_number(found["lcoe_yuan_kwh"], "yuan_kwh", lang),
                    irr=format_number(100.0 * found["irr"], "pct", lang),
                    payback=format_number(found["payback_years"], "years", lang))]  # fmt: skip
