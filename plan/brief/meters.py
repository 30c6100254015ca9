"""Table and sentence of the brief about meters."""

from __future__ import annotations

from guanghui.maps.page.meters import meter_table
from guanghui.maps.words.numbers import format_number
from guanghui.plan.brief.docx import Brief, BriefTable, Column
from guanghui.plan.brief.words import say
from guanghui.plan.results.meters import Meters
from guanghui.pv.meters.calibrate import Calibration

__all__ = ["write_meters"]


def write_meters(brief: Brief, meters: Meters, code: str, lang: str) -> None:
    """Write what meters tell of the plants of a township, or of all; nothing where there are none.

    Parameters
    ----------
    brief : Brief
        Document.
    meters : Meters
        Findings.
    code : str
        Township; empty for all.
    lang : str
        ``zh`` or ``en``.
    """
    shown = meter_table(meters, code)
    if shown is None:
        return
    plants = meters.plants if not code else meters.plants[meters.plants["township_code"].astype(str) == code]
    known = plants[plants["expected_kwh"] > 0]
    index = 100 * known["measured_kwh"].sum() / known["expected_kwh"].sum() if len(known) else float("nan")
    rows = shown["rows"][:-1]
    brief.heading(say("h_meters", lang), 2)
    ill = int((plants["suspects"].astype(str) != "").sum())
    calibration = meters.calibration
    brief.text(say("s_meters", lang, count=len(plants), ill=ill, index=format_number(index, "pct", lang)))
    if calibration is not None and not code:
        brief.text(_calibration(calibration, lang))
    if rows:
        place = 0 if lang == "zh" else 1
        heads = ("c_plant", "c_fault", "c_since", "c_size")
        brief.table(BriefTable(say("t_meters", lang), tuple(
            Column(say(head, lang), [row[k]["text"][place] for row in rows], 1.0, number=False)
            for k, head in enumerate(heads)
        )))  # fmt: skip


def _calibration(found: Calibration, lang: str) -> str:
    """The factor of sound plants and its test, or why there is none."""
    if not found.known:
        return say("s_no_calibration", lang, why=found.why_zh if lang == "zh" else found.why_en)
    return say(
        "s_calibration", lang, fitted=found.count("fit"), tested=found.count("test"), factor=f"{found.factor:.3f}",
        spread=f"{100 * found.spread:.1f}", before=f"{found.error_before_pct:+.1f}",
        after=f"{found.error_after_pct:+.1f}", inside=int(found.plants["inside"].sum()),
    )  # fmt: skip
