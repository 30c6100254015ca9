"""Tables and sentences of the brief about carbon and wetlands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from guanghui.geo.units import CO2_PER_C
from guanghui.maps.words.numbers import format_number, format_range
from guanghui.plan.brief.docx import BriefTable, Column
from guanghui.plan.brief.pv import block, numbers
from guanghui.plan.brief.words import say
from guanghui.plan.workbook.cells import cell_word
from guanghui.sinks import Stock
from guanghui.sinks.factors.account import Account
from guanghui.sinks.factors.coefficients import Draws
from guanghui.sinks.factors.table import column_label, pool_labels

__all__ = ["SinkPart", "factor_table", "with_interval"]

_POOL_GROUPS: Mapping[str, tuple[str, ...]] = {
    "c_living": ("above", "below", "understorey"),
    "c_dead": ("dead", "litter"),
    "c_soil": ("soil",),
}
_POWERS = {"1": "¹", "2": "²", "3": "³"}
_GASES = (("c_burial", "burial"), ("c_ch4", "ch4"), ("c_n2o", "n2o"), ("c_co2", "co2"))


def with_interval(
    head: str, values: Sequence[float], low: Sequence[float], high: Sequence[float], unit: str, lang: str,
    *, beside: Sequence[tuple[str, Sequence[float]]] = (), wide: float = 1.0,
) -> list[Column]:  # fmt: skip
    """Column of numbers and that of their 95 % intervals in the same unit and digits.

    Parameters
    ----------
    head : str
        Heading of the numbers.
    values, low, high : sequence of float
        Numbers and the ends of their intervals, in the base unit.
    unit : str
        Key of ``maps.words.numbers.UNITS``.
    lang : str
        ``zh`` or ``en``.
    beside : sequence of (str, sequence of float), optional
        Columns before them, in the same unit and digits: what the numbers are the sum of.
    wide : float, default 1
        Share of the width of a column of numbers.
    """
    *first, starts, ends = block([*beside, (head, values), ("", low), ("", high)], unit, lang, wide=wide)
    spans = [f"{a} – {b}" for a, b in zip(starts.texts, ends.texts, strict=True)]
    return [*first, Column(say("interval", lang) + starts.head, spans, 1.5 * wide)]


@dataclass(frozen=True)
class SinkPart:
    """Carbon of a place."""

    townships: gpd.GeoDataFrame
    stock: Stock
    code: str
    """Township; empty for the city, as in the tables of the stock."""
    lang: str
    draws: Draws
    """The draws of the stock's own intervals."""

    @property
    def row(self) -> pd.Series:
        """The row of the place in ``Stock.table``."""
        return self.stock.table.set_index("code").loc[self.code]

    def _account(self, name: str) -> Account:
        account = self.stock.accounts[name]
        return account.where(account.lines["code"] == self.code) if self.code else account

    def factor_ids(self) -> set[str]:
        """Factors behind the figures of the place."""
        return set().union(*(self._account(name).factor_ids for name in self.stock.accounts))

    # --- tables
    def by_class(self) -> BriefTable:
        """Stock by land class, pools in three groups, 95 % interval of each class."""
        mine = self.stock.by_class[self.stock.by_class["code"] == self.code]
        wide = mine.pivot_table(index="class", columns="pool", values="stock_tc", aggfunc="sum", fill_value=0.0)
        area = mine.drop_duplicates("class").set_index("class")["area_ha"]
        area = area[area > 0]
        keys = list(area.index)
        wide = wide.loc[keys]
        groups = {head: wide.reindex(columns=list(pools), fill_value=0.0).sum(axis=1)
                  for head, pools in _POOL_GROUPS.items()}  # fmt: skip
        ends = self._account("stock").interval(["class"], self.draws).loc[keys]
        row, lang = self.row, self.lang
        labels = mine.drop_duplicates("class").set_index("class")[f"label_{lang}"].loc[keys]
        first = Column(say("c_land", lang), [*labels, say("total", lang)], 1.5, number=False)
        columns = [first, numbers(say("c_area", lang), [*area, float(area.sum())], "ha", lang, wide=0.85)]
        columns += with_interval(
            say("c_sum", lang), [*wide.sum(axis=1), row["total_tc"]], [*ends["low"], row["total_low_tc"]],
            [*ends["high"], row["total_high_tc"]], "tc", lang,
            beside=[(say(head, lang), [*v, float(v.sum())]) for head, v in groups.items()], wide=0.9,
        )  # fmt: skip
        return BriefTable(say("t_carbon_class", lang), columns, total=True)

    def by_pool(self) -> BriefTable:
        """Stock by pool with its share and interval."""
        account, lang, row = self._account("stock"), self.lang, self.row
        sums, labels = account.totals(["pool"]), pool_labels()
        keys = [p for p in labels.index if sums.get(p, 0.0) > 0]
        ends = account.interval(["pool"], self.draws).loc[keys]
        values = sums.loc[keys]
        shares = 100.0 * values / float(values.sum())
        names = [*labels.loc[keys, f"label_{lang}"], say("total", lang)]
        stock = with_interval(
            say("c_stock", lang), [*values, row["total_tc"]], [*ends["low"], row["total_low_tc"]],
            [*ends["high"], row["total_high_tc"]], "tc", lang,
        )  # fmt: skip
        columns = (Column(say("c_pool", lang), names, 1.3, number=False), *stock,
                   numbers(say("c_part", lang), [*shares, 100.0], "pct", lang, wide=0.7))  # fmt: skip
        return BriefTable(say("t_carbon_pool", lang), columns, total=True)

    def by_township(self) -> BriefTable:
        """Forest cover, stock and sink of every township, the city last."""
        table, lang = self.stock.table, self.lang
        names = table["name"] if lang == "zh" else table["name_en"].where(table["name_en"].astype(bool), table["name"])
        first = Column(say("c_township", lang), [*names.astype(str)[:-1], say("total", lang)], 1.1, number=False)
        cover = numbers(say("c_cover", lang), 100.0 * table["forest_cover"], "pct", lang, wide=0.9)
        stock = with_interval(say("c_stock", lang), table["total_tc"], table["total_low_tc"], table["total_high_tc"],
                              "tc", lang)  # fmt: skip
        change, low, high = (table[c] * CO2_PER_C for c in ("sink_tc_yr", "sink_low_tc_yr", "sink_high_tc_yr"))
        return BriefTable(
            say("t_carbon_township", lang),
            (first, cover, *stock, *with_interval(say("c_sink", lang), change, low, high, "tco2", lang)), total=True,
        )  # fmt: skip

    def change(self) -> BriefTable:
        """What the yearly change is made of."""
        account, lang, row = self._account("change"), self.lang, self.row
        sums = account.totals(["line"])
        keys = [k for k in sums.index if f"{k}_tc_yr" in row and sums[k] != 0]
        ends = account.interval(["line"], self.draws).loc[keys]
        names = [column_label(f"{k}_tc_yr")[0 if lang == "zh" else 1] for k in keys]
        columns = (
            Column(say("c_line", lang), [*names, say("total", lang)], 1.6, number=False),
            *with_interval(say("c_change", lang), [*sums.loc[keys], row["sink_tc_yr"]],
                           [*ends["low"], row["sink_low_tc_yr"]], [*ends["high"], row["sink_high_tc_yr"]], "tc", lang),
        )  # fmt: skip
        return BriefTable(say("t_change", lang), columns, total=True)

    def wetlands(self) -> BriefTable | None:
        """Greenhouse-gas balance by wetland type; None without wetland."""
        mine = self.stock.balance[self.stock.balance["code"] == self.code]
        if mine.empty:
            return None
        lang, row = self.lang, self.row
        first = Column(say("c_type", lang), [*mine[f"label_{lang}"], say("total", lang)], 1.5, number=False)
        columns = [first, numbers(say("c_area", lang), [*mine["area_ha"], float(mine["area_ha"].sum())], "ha", lang,
                                  wide=0.8)]  # fmt: skip
        gases = [(say(head, lang), mine[f"{gas}_tco2e_yr"]) for head, gas in _GASES]
        columns += with_interval(
            say("c_net", lang), [*mine["net_tco2e_yr"], row["wetland_balance_tco2e_yr"]],
            [*mine["net_low_tco2e_yr"], row["wetland_balance_low_tco2e_yr"]],
            [*mine["net_high_tco2e_yr"], row["wetland_balance_high_tco2e_yr"]], "tco2e", lang,
            beside=[(head, [*v, float(v.sum())]) for head, v in gases if v.abs().sum() > 0], wide=0.9,
        )  # fmt: skip
        return BriefTable(say("t_wetland", lang), columns, total=True)

    # --- sentences
    def stock_text(self) -> list[str]:
        """How much carbon there is."""
        row, lang = self.row, self.lang
        soil = float(self._account("stock").totals(["pool"]).get("soil", 0.0))
        found = [say(
            "s_stock", lang, stock=format_number(row["total_tc"], "tc", lang),
            range=format_range(row["total_low_tc"], row["total_high_tc"], "tc", lang, figure=row["total_tc"]),
            co2=format_number(row["total_co2_t"], "tco2", lang),
            density=format_number(row["density_tc_ha"], "tc_ha", lang),
            soil=format_number(100.0 * soil / row["total_tc"] if row["total_tc"] else float("nan"), "pct", lang),
            forest=format_number(row["forest_ha"], "ha", lang),
            cover=format_number(100.0 * row["forest_cover"], "pct", lang),
            wetland=format_number(row["wetland_ha"], "ha", lang),
        )]  # fmt: skip
        if pd.notna(row.get("stock_doubtful_pct")) and pd.notna(row.get("sink_doubtful_pct")):
            found.append(say("s_trust", lang, stock=format_number(row["stock_doubtful_pct"], "pct", lang),
                             sink=format_number(row["sink_doubtful_pct"], "pct", lang)))  # fmt: skip
        if row["nodata_ha"] > 0.5:
            found.append(say("s_unknown", lang, area=format_number(row["nodata_ha"], "ha", lang)))
        return found

    def flux_text(self) -> list[str]:
        """How much is added a year, and what wetlands give off."""
        row, lang = self.row, self.lang
        found = [say(
            "s_sink", lang, sink=format_number(row["sink_tc_yr"], "tc", lang),
            range=format_range(row["sink_low_tc_yr"], row["sink_high_tc_yr"], "tc", lang, figure=row["sink_tc_yr"]),
            co2=format_number(row["sink_co2_t_yr"], "tco2", lang),
        )]  # fmt: skip
        if row["wetland_ha"] > 0:
            low, high = row["wetland_balance_low_tco2e_yr"], row["wetland_balance_high_tco2e_yr"]
            value = row["wetland_balance_tco2e_yr"]
            found.append(say(
                "s_wetland", lang, net=format_number(value, "tco2e", lang),
                range=format_range(low, high, "tco2e", lang, figure=value),
                verdict=say(f"v_{row['wetland_verdict']}", lang),
            ))  # fmt: skip
        if row["paddy_ch4_tco2e_yr"] > 0:
            found.append(say("s_paddy", lang, paddy=format_number(row["paddy_ch4_tco2e_yr"], "tco2e", lang)))
        return found


def factor_table(factors: pd.DataFrame, lang: str) -> BriefTable:
    """Unverified factors, one row a subject and source, with their values.

    Parameters
    ----------
    factors : pandas.DataFrame
        Rows of ``Stock.unverified``.
    lang : str
        ``zh`` or ``en``.
    """
    rows: list[tuple[str, str, str, str]] = []
    for (subject, mark, source), group in factors.groupby(["subject", f"mark_{lang}", "source"], sort=False):
        parts = [_valued(record, lang) for record in group.to_dict("records")]
        origin = say("no_source", lang) if source == "assumed" else str(source)
        rows.append(
            (cell_word("subject", str(subject), lang), ("；" if lang == "zh" else "; ").join(parts), str(mark), origin)
        )
    columns = list(zip(*rows, strict=True))
    heads = (("c_subject", 1.1), ("c_quantity", 4.2), ("c_mark", 0.8), ("c_source", 0.9))
    return BriefTable(say("t_factors", lang), tuple(
        Column(say(head, lang), texts, wide, number=False) for (head, wide), texts in zip(heads, columns, strict=True)
    ))  # fmt: skip


def _valued(record: Mapping[Any, Any], lang: str) -> str:
    return f"{cell_word('quantity', str(record['quantity']), lang)} {record['value']:g}{_unit(str(record['unit']))}"


def _unit(text: str) -> str:
    """Unit of a factor with its powers and formulas set as people write them."""
    if text == "1":
        return ""
    powers = re.sub(r"-([123])\b", lambda m: f"⁻{_POWERS[m[1]]}", text)
    return f" {powers}".replace("CH4", "CH₄").replace("N2O", "N₂O").replace("m3", "m³")
