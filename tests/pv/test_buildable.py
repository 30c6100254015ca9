"""Roofs that may not bear modules: rule by rule, switchable, and what the last phase loses by it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.notes import Notes
from guanghui.plan.results.buildable import LOAD, tell_load, with_load
from guanghui.pv.programme.load import failing, load_rules
from guanghui.pv.programme.phases import coverage_plan


def roofs() -> pd.DataFrame:
    rows = [
        ("industrial", "steel", 1999, "", False, "light_steel"), ("industrial", "steel", 2005, "", False, ""),
        ("industrial", "steel", np.nan, "", False, ""), ("residential", "concrete", 1975, "", False, "slab"),
        ("residential", "concrete", 1995, "", False, ""), ("rural_residential", "tile", 1985, "", False, "tile"),
        ("warehouse", "", 1999, "", False, "hall"), ("residential", "", 1999, "", False, ""),
        ("residential", "", 1960, "", False, "old"), ("public", "concrete", 2010, "", True, "heritage"),
        ("commercial", "concrete", 2010, "多产权", False, "title"), ("commercial", "concrete", 2010, "国有", False, ""),
    ]  # fmt: skip
    columns = ["building_class", "roof_material", "year_built", "ownership", "heritage", "expected"]
    frame = pd.DataFrame(rows, columns=columns)
    size = np.arange(len(frame)) + 5.0
    ids = [f"b{i}" for i in frame.index]
    return frame.assign(building_id=ids, township_code="1", township="镇", usable_m2=10 * size,
                        capacity_kwp=size, yield_kwh=900 * size)  # fmt: skip


def test_each_rule_takes_its_roofs_and_no_other() -> None:
    frame = roofs()
    assert failing(frame).tolist() == frame["expected"].tolist()


def test_what_is_not_known_does_not_fail() -> None:
    frame = roofs()
    bare = frame[["building_class"]]
    assert (failing(bare) == "").all()
    assert (failing(frame.assign(year_built=np.nan, ownership="", heritage=False)) == "").all()
    no_material = failing(frame.drop(columns="roof_material"))
    assert no_material[0] == "hall"
    assert no_material[3] == "old"
    assert no_material[4] == ""


def test_every_rule_is_marked_as_assumed_in_two_languages() -> None:
    rules = load_rules()
    assert (rules["mark"] == "assumed").all()
    assert (rules[["reason_zh", "reason_en", "source"]] != "").all().all()


def _plan(frame: pd.DataFrame, out: pd.Series):
    return coverage_plan(frame, {2026: 0.5}, excluded=out, co2_kg_kwh=0.5)


def _excluded(frame: pd.DataFrame) -> pd.Series:
    return pd.Series("", index=pd.Index(frame["building_id"], name="building_id"), dtype=object)


@pytest.mark.parametrize("on", [True, False])
def test_the_note_says_how_many_why_and_what_the_phase_loses(on: bool) -> None:
    frame = roofs()
    out = with_load(frame, _excluded(frame)) if on else _excluded(frame)
    frame["excluded"] = out.to_numpy()
    plan = _plan(frame, out)
    coverage = SimpleNamespace(load_rule="assumed" if on else "off")
    region = SimpleNamespace(settings=SimpleNamespace(coverage=coverage), notes=Notes())
    tell_load(region, frame, plan, lambda kept: _plan(frame, kept))
    (note,) = list(region.notes)
    failed = frame["expected"] != ""
    share = 100 * frame.loc[failed, "usable_m2"].sum() / frame["usable_m2"].sum()
    assert f"{int(failed.sum())} of {len(frame)} roofs ({share:.1f} %" in note.text
    assert "sheet steel built before 2002 1" in note.text
    whole, less = _plan(frame, _excluded(frame)).total(), plan.total()
    if on:
        assert plan.available_m2 == pytest.approx(frame.loc[~failed, "usable_m2"].sum())
        assert f"{100 * (less['capacity_kwp'] / whole['capacity_kwp'] - 1):+.1f} % capacity" in note.text
        assert less["capacity_kwp"] < whole["capacity_kwp"]
    else:
        assert "kept" in note.text


def test_a_reason_that_stands_already_stays() -> None:
    frame = roofs()
    out = _excluded(frame)
    out["b0"] = "机场眩光"
    found = with_load(frame, out)
    assert found["b0"] == "机场眩光"
    assert found["b3"].startswith(LOAD)
