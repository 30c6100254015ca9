"""Table and sentences of the brief about the years ahead: growth and works, planting, credits."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from guanghui.maps.page.forestry import years_of
from guanghui.maps.words.numbers import format_number, format_range
from guanghui.plan.brief.docx import BriefTable, Column
from guanghui.plan.brief.sink import with_interval
from guanghui.plan.brief.words import say
from guanghui.sinks.years.outlook import Outlook

__all__ = ["OutlookPart"]

_LINES = (("expected", "o_expected"), ("gain", "o_gain"))


@dataclass(frozen=True)
class OutlookPart:
    """What a place may hold in the years the plan looks to."""

    outlook: Outlook
    code: str
    """Township; empty for the city."""
    lang: str

    @property
    def row(self) -> pd.Series:
        """Figures of the place."""
        table = self.outlook.table
        return table[table["code"].astype(str) == self.code].iloc[0]

    def _years(self, line: str) -> list[int]:
        return years_of(self.outlook.table, rf"{line}_(\d{{4}})_tc")

    def table(self) -> BriefTable | None:
        """Change expected from growth and named works, and what planting could add; None without either."""
        rows = [(line, head, year) for line, head in _LINES for year in self._years(line)]
        if not rows:
            return None
        values, low, high = (
            [float(self.row[f"{line}_{year}{end}_tc"]) for line, _, year in rows] for end in ("", "_low", "_high")
        )
        lang = self.lang
        first = Column(say("c_line", lang), [say(head, lang) for _, head, _ in rows], 2.0, number=False)
        by = Column(say("c_year", lang), [str(year) for _, _, year in rows], 0.7, number=False)
        return BriefTable(say("t_outlook", lang), (first, by, *with_interval(
            say("c_change_since", lang), values, low, high, "tc", lang)))  # fmt: skip

    def sentences(self) -> list[str]:
        """How much land could be planted, and what a credit project might count."""
        lang, row, found = self.lang, self.row, [say("s_outlook", self.lang)]
        if "eligible_ha" in row and row["eligible_ha"] > 0:
            found.append(say("s_plantable", lang, area=format_number(row["eligible_ha"], "ha", lang)))
            first = next(iter(self._years("gain")), None)
            if first is not None and row[f"gain_{first}_tc"] < 0:
                found.append(say("s_loss_first", lang, year=first))
        works = self.outlook.works
        mine = works[(works["code"].astype(str) == self.code) | (self.code == "")] if len(works) else works
        for work in (mine[~mine["counted"].astype(bool)] if "counted" in mine else mine.iloc[:0]).to_dict("records"):
            year = max(years_of(works, r"gases_(\d{4})_tco2e"), default=None)
            if year is not None:
                found.append(say("s_beside", lang, work=work[f"label_{lang}"], place=work["name"], year=year,
                                 gases=format_number(work[f"gases_{year}_tco2e"], "tco2e", lang)))  # fmt: skip
        if "ccer_tco2_yr" in row and row["ccer_ha"] > 0:
            found.append(say(
                "s_ccer", lang, area=format_number(row["ccer_ha"], "ha", lang),
                yearly=format_number(row["ccer_tco2_yr"], "tco2", lang),
                range=format_range(
                    row["ccer_low_tco2_yr"], row["ccer_high_tco2_yr"], "tco2", lang, figure=row["ccer_tco2_yr"]
                ),
            ))  # fmt: skip
        return found
