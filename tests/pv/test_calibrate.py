"""Calibration by meters: plants of a known factor and spread, the share the interval holds, and who is let in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.notes import Notes
from guanghui.maps.page.meters import calibration_table
from guanghui.maps.words.i18n import words
from guanghui.plan.brief.docx import Brief
from guanghui.plan.brief.meters import write_meters
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.meters import meters_of
from guanghui.plan.results.store import Reader, Writer
from guanghui.plan.workbook.meter_sheets import meter_sheets
from guanghui.plan.workbook.tables import labels
from guanghui.pv.meters.calibrate import calibrate
from guanghui.pv.meters.index import find_faults
from guanghui.pv.meters.read import Metered
from guanghui.pv.meters.settings import MeterSettings

FACTOR, SPREAD = 0.93, 0.05


def found(index: np.ndarray, months: int = 12) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    names = [f"p{i:03d}" for i in range(len(index))]
    plants = pd.DataFrame({"plant": names, "index": index, "judged_by": "months"})
    month = pd.date_range("2025-01-01", periods=months, freq="MS")
    rows = pd.DataFrame({"plant": np.repeat(names, months), "month": np.tile(month, len(names)), "expected_kwh": 1.0})
    return plants, rows, pd.DataFrame({"plant": [], "fault": []})


def drawn(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.asarray(FACTOR * np.exp(rng.normal(0.0, SPREAD, count)))


@pytest.mark.parametrize("count", [10, 24, 90])
def test_the_interval_holds_nine_of_ten_plants_and_the_factor_is_right(count: int) -> None:
    """Over 100 towns of plants whose factor and spread are known, whatever the number of plants."""
    rng, many = np.random.default_rng(5), 100
    all_ = [calibrate(*found(drawn(rng, count)), seed) for seed in range(many)]
    covered = np.mean([c.covered_pct for c in all_])
    noise = 100 * np.sqrt(0.9 * 0.1 / (many * count / 2))
    assert covered == pytest.approx(90.0, abs=4 * noise)
    assert np.mean([c.factor for c in all_]) == pytest.approx(FACTOR, abs=4 * SPREAD / np.sqrt(many * count / 2))
    assert np.sqrt(np.mean([c.spread**2 for c in all_])) == pytest.approx(SPREAD, rel=0.1)
    before = np.mean([c.error_before_pct for c in all_])
    assert before == pytest.approx(100 * (FACTOR * np.exp(SPREAD**2 / 2) - 1), abs=1.0)
    assert abs(np.mean([c.error_after_pct for c in all_])) < 1.0


def test_the_halves_are_apart_and_the_order_does_not_matter() -> None:
    plants, months, none = found(drawn(np.random.default_rng(1), 31))
    one = calibrate(plants, months, none, 3)
    assert (one.count("fit"), one.count("test")) == (16, 15)
    fit = one.plants[one.plants["half"] == "fit"]["index"]
    assert one.factor == pytest.approx(np.exp(np.log(fit).mean()), rel=1e-12)
    other = calibrate(plants.sample(frac=1, random_state=2), months, none, 3)
    pd.testing.assert_frame_equal(one.plants, other.plants)
    assert set(calibrate(plants, months, none, 4).plants["half"]) == {"fit", "test"}
    assert calibrate(plants, months, none, 4).factor != one.factor
    tested = one.plants["half"] == "test"
    assert not one.plants.loc[~tested, "inside"].any()
    assert one.covered_pct == pytest.approx(100 * one.plants["inside"].sum() / 15)


def test_only_sound_plants_are_let_in_and_too_few_say_why() -> None:
    plants, months, _ = found(drawn(np.random.default_rng(1), 30))
    suspects = pd.DataFrame({"plant": ["p000", "p001", "p002"], "fault": ["string", "loss", "gap"]})
    plants.loc[5:9, "judged_by"] = "neighbours"
    months = months[(months["plant"] != "p012") | (months["month"] < "2025-08-01")]
    one = calibrate(plants, months, suspects, 1)
    assert set(one.plants["plant"]) == {f"p{i:03d}" for i in range(30)} - {
        "p000", "p001", "p005", "p006", "p007", "p008", "p009", "p012",
    }  # fmt: skip
    few = calibrate(plants.iloc[:12], months, suspects, 1)
    assert not few.known
    assert np.isnan(few.factor)
    assert few.why_en.startswith("5 sound plants of 12 are fewer than 10: 5 were not held against the weather")
    assert "2 are suspects" in few.why_en
    assert "2 座疑似有问题" in few.why_zh


def test_page_workbook_brief_and_note_say_the_stored_factor(tmp_path: Path) -> None:
    rng, names = np.random.default_rng(8), [f"p{i}" for i in range(24)]
    index = pd.date_range("2025-01-01", periods=12, freq="MS")
    expected = pd.DataFrame(1000.0, index, names)
    measured = Metered(expected * drawn(rng, 24), False)
    assert find_faults(measured, expected).suspects.empty
    here = SimpleNamespace(
        path=Path("x.toml"), meters=measured, meters_expected=Metered(expected, False), notes=Notes(),
        file=SimpleNamespace(meters=MeterSettings(path="m.csv", expected="e.csv")),
    )  # fmt: skip
    meters = meters_of(here, None, None, seed=7)
    assert meters is not None
    c = meters.calibration
    assert c is not None
    assert c.known
    sheets = {s.key: s.frame for s in meter_sheets(Results(meters=meters))}
    row = sheets["meter_calibration"].iloc[0]
    assert (row["calibration_factor"], row["calibration_spread"], row["covered_pct"]) == pytest.approx(
        (c.factor, c.spread, c.covered_pct), rel=1e-9
    )
    assert sheets["meter_halves"]["inside"].sum() == c.plants["inside"].sum()
    assert set(sheets["meter_calibration"]) | set(sheets["meter_halves"]) <= set(labels())
    shown = calibration_table(meters)
    assert shown is not None
    assert [v["value"] for v in shown["rows"][0][2:]] == pytest.approx(
        [100 * c.spread, c.error_before_pct, c.error_after_pct, c.covered_pct], rel=1e-9
    )
    assert {shown["title"], shown["hint"], *shown["heads"]} <= set(words())
    (note,) = [n for n in here.notes if "interval" in n.text]
    assert f"{c.factor:.3f}" in note.text
    assert f"{c.factor:.3f}" in note.text_zh
    for lang in ("zh", "en"):
        path = tmp_path / f"{lang}.docx"
        brief = Brief(lang, ("表", "图"))
        said: list[str] = []
        brief.text = said.append  # type: ignore[method-assign]
        write_meters(brief, meters, "", lang)
        assert any(f"{c.factor:.3f}" in text for text in said), path
    writer = Writer(tmp_path)
    back = Reader(tmp_path).value(writer.node(Results(meters=meters), "")).meters.calibration
    assert back.factor == c.factor
    pd.testing.assert_frame_equal(back.plants, c.plants)
    few = meters_of(
        SimpleNamespace(**{**vars(here), "meters": Metered(measured.kwh.iloc[:, :4], False)}), None, None
    )  # fmt: skip
    assert few is not None
    assert calibration_table(few) is None
    assert meter_sheets(Results(meters=few))[-1].key == "meter_calibration"
