"""The sheets of a region's workbook, from finished results."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from guanghui.maps.words.level import in_words_of, level_here
from guanghui.maps.words.numbers import land_areas_in
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.value import FORMULA
from guanghui.plan.workbook.meter_sheets import meter_sheets
from guanghui.plan.workbook.pv_sheets import pv_sheets
from guanghui.plan.workbook.sink_sheets import official_sheets, outlook_sheets, source_sheets, stock_sheets
from guanghui.plan.workbook.site_sheets import site_sheets
from guanghui.plan.workbook.tables import Sheet

__all__ = ["sheets"]


@in_words_of
def sheets(region: Region, results: Results) -> list[Sheet]:
    """All sheets that the results allow, PV first.

    Parameters
    ----------
    region : Region
        Names and notes.
    results : Results
        What there is.
    """
    out = []
    if results.roofs is not None:
        out += pv_sheets(region, results.roofs, results.pv_side)
    out += site_sheets(results) + meter_sheets(results)
    if results.stock is not None:
        out += stock_sheets(results.stock)
        out += outlook_sheets(results.outlook) if results.outlook is not None else []
        out += source_sheets(results.stock, results.outlook)
    else:
        out += official_sheets(region)
    out += _both_sheets(results)
    area = region.settings.maps.unit
    notes = pd.DataFrame(
        [(n.source, land_areas_in(n.text_zh or n.text, area), land_areas_in(n.text, area)) for n in region.notes],
        columns=["source", "note_zh", "note_en"],
    )
    out.append(Sheet("notes", "数据说明", "notes on the data", notes))
    return [_in_words(sheet) for sheet in out]


def _in_words(sheet: Sheet) -> Sheet:
    """A sheet whose title and explanation speak of the level of the place."""
    (title_zh, title_en), (about_zh, about_en) = (
        level_here()(zh, en) for zh, en in ((sheet.title_zh, sheet.title_en), (sheet.about_zh, sheet.about_en))
    )
    return replace(sheet, title_zh=title_zh, title_en=title_en, about_zh=about_zh, about_en=about_en)


def _both_sheets(results: Results) -> list[Sheet]:
    out = []
    if results.readings is not None:
        zh = "同一分期按两种口径：全域可利用屋顶，或界线内（如开发区）的可利用屋顶；另列占两种口径的比例与剩余"
        en = ("the same phases by two bases: roofs of the whole place, or of the zone alone; city and zone share are "
              "parts of each base; left is what remains of its own base")  # fmt: skip
        out.append(Sheet("readings", "覆盖计划两种口径", "two bases of the coverage", results.readings, (), zh, en))
    if results.value is not None:
        out.append(Sheet("carbon_value", "固碳价值", "value of carbon fixed", results.value, (), *FORMULA))
    if results.scorecard is not None:
        zh, en = (
            "规划指标与结果；口径不同的不比较，原因见末列",
            "targets and results; what means something else is not compared",
        )
        out.append(Sheet("scorecard", "规划对照", "scorecard", results.scorecard, (), zh, en))
    if results.yearly is not None:
        zh = "历年实绩、同比与距下一目标的差距；pace_a 为至目标年每年需增加的量"
        en = "what was counted, its change on the year before, and what each year must bring to reach the next target"
        out.append(Sheet("yearly", "年度实绩", "year on year", results.yearly, (), zh, en))
    if results.balance is not None:
        zh = "排放、光伏减排与碳汇分列，不相加：减排是替代电网电量，碳汇是现有林地湿地的年变化；趋势与情景为外推"
        en = ("emissions, avoided emissions and sink stand apart and are not added: avoided is grid power replaced; "
              "the sink is the yearly change of today's land; trend and scenario are extrapolations")  # fmt: skip
        doubt = results.balance.attrs
        zh = f"{zh}。{doubt['doubt_zh']}" if "doubt_zh" in doubt else zh
        en = f"{en}. {doubt['doubt_en']}" if "doubt_en" in doubt else en
        out.append(Sheet("balance", "排放与碳汇对照", "balance", results.balance.reset_index(), (), zh, en))
    return out
