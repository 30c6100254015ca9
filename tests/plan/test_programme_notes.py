"""What the programme says of itself in both languages, and the tables beside it, by figures worked out by hand."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.plan.results import assembly, programme


class Notes(list):
    def add(self, topic: str, en: str, zh: str) -> None:
        self.append((topic, en, zh))


def place(**coverage: object) -> SimpleNamespace:
    given = SimpleNamespace(**({"phases": [], "chosen_alone": False, "objective": "energy"} | coverage))
    return SimpleNamespace(notes=Notes(), settings=SimpleNamespace(coverage=given), chosen_years=None)


@pytest.mark.parametrize(("year", "first", "told"),
                         [(2022, 2025, True), (2022, 2024, False), (2022, 2020, False),
                          (None, 2030, False)])  # fmt: skip
def test_prices_over_two_years_older_than_the_first_phase(year: int | None, first: int, told: bool) -> None:
    region = place(phases=[SimpleNamespace(year=first), SimpleNamespace(year=2040)])
    programme._tell_age(region, SimpleNamespace(youngest_year=year))
    assert len(region.notes) == told
    if told:
        topic, en, zh = region.notes[0]
        assert topic == "economics"
        assert "is of 2022, the first phase of 2025" in en
        assert "最新年份为 2022 年，首期为 2025 年" in zh
    none = place()
    programme._tell_age(none, SimpleNamespace(youngest_year=2000))
    assert none.notes == []


@pytest.mark.parametrize(("source", "out", "said"), [
    (("grid 2022: S", "电网 2022"), ["", "x", "y"],
     [("avoided CO₂ at 0.5366 kg/kWh (grid 2022: S)", "减排量按 0.5366 kg/kWh 计（电网 2022）"),
      ("2 roofs are left out, with a reason in the roof list", "2 个屋顶不参与，原因见屋顶清单")]),
    (("", ""), ["", ""], [("no emission factor for this grid: avoided CO₂ is not given",
                           "本地电网没有排放因子：不给出减排量")]),
])  # fmt: skip
def test_the_factor_and_what_is_left_out(source: tuple[str, str], out: list[str], said: list) -> None:
    region = place()
    programme._note(region, 0.5366, source, pd.Series(out))
    assert region.notes == [("coverage", *pair) for pair in said]


@pytest.mark.parametrize(("years", "alone", "en", "zh"), [
    ({"a": 2025, "b": 2030, "c": 0}, False, "2 roofs were chosen by hand and are built first",
     "2 个屋顶为人工指定，优先建设"),
    ({"a": 1, "z": 2030, "c": 2025, "d": 2025}, True,
     "1 roofs were chosen by hand and are built first, no others; 2 chosen ones are left out or have no usable area",
     "1 个屋顶为人工指定，优先建设，不再添加其他屋顶；另有 2 个指定屋顶被排除或没有可用面积"),
])  # fmt: skip
def test_roofs_chosen_by_hand(years: dict, alone: bool, en: str, zh: str) -> None:
    region = place(chosen_alone=alone)
    roofs = pd.DataFrame({"building_id": list("abcd")})
    plan = SimpleNamespace(phase=pd.Series({"a": 1, "b": 2030, "c": 0, "d": 0}))
    programme._note_chosen(region, roofs, plan)
    assert region.notes == []
    region.chosen_years = pd.Series(years)
    programme._note_chosen(region, roofs, plan)
    assert region.notes == [("coverage", en, zh)]


def choice(taken: str, **sums: float) -> SimpleNamespace:
    phase = pd.Series({x: 2025 if x in taken else 0 for x in "abc"})
    return SimpleNamespace(phase=phase, total=lambda: pd.Series(sums))


def three(cheap_capex: float, cheap_kwh: float) -> dict[str, SimpleNamespace]:
    return {"energy": choice("ab", roofs=2, capacity_kwp=5, yield_kwh=5000, capex_yuan=20000, usable_m2=25),
            "cost": choice("bc", roofs=2, capacity_kwp=6, yield_kwh=cheap_kwh, capex_yuan=cheap_capex, usable_m2=40),
            "lcoe": choice("abc", roofs=3, capacity_kwp=7, yield_kwh=7000, capex_yuan=30000, usable_m2=50)}  # fmt: skip


ROOFS = pd.DataFrame({"building_id": list("abc"), "capex_yuan": 1.0, "lcoe_yuan_kwh": [0.2, 0.3, 0.5],
                      "yield_kwh": [1000.0, 3000.0, 2000.0]})  # fmt: skip


@pytest.mark.parametrize(("capex", "kwh", "said", "zh"), [
    (25600.0, 6400.0, "by yield gives 25.0 % more energy than by cost for 25.0 % more money",
     "多发 25.0 %，投资多 25.0 %"),
    (32000.0, 6400.0, "by yield gives 25.0 % more energy than by cost for 0.0 % more money",
     "多发 25.0 %，投资多 0.0 %"),
    (16000.0, 8000.0, "by yield gives 0.0 % more energy than by cost for 100.0 % more", "多发 0.0 %，投资多 100.0 %"),
    (64000.0, 8000.0, "for -50.0 % more money", "投资多 -50.0 %"),
    (32010.0, 8002.0, "choose alike here: 50 % of the roofs are the same", "几乎一致（50 % 相同）"),
    (32000.0, 7993.0, "more energy", "同样面积"),
])  # fmt: skip
def test_the_three_choices_beside_each_other(monkeypatch, capex: float, kwh: float, said: str, zh: str) -> None:
    """A m² gives 200 kWh for 800 yuan by yield; by cost its figures are a fortieth."""
    plans = three(capex, kwh)
    monkeypatch.setattr(programme, "plan_of", lambda region, roofs, stands, out, name: plans[name])
    region = place(phases=[1])
    table = programme.by_objective(region, ROOFS, None).set_index("objective")
    assert table["same_share"].to_dict() == pytest.approx({"energy": 1.0, "cost": 0.5, "lcoe": 2 / 3})
    assert table["lcoe_yuan_kwh"].to_dict() == pytest.approx({"energy": 1100 / 4000, "cost": 1900 / 5000,
                                                              "lcoe": 2100 / 6000})  # fmt: skip
    assert table["w_m2"].to_dict() == pytest.approx({"energy": 200.0, "cost": 150.0, "lcoe": 140.0})
    assert table["yield_kwh"].tolist() == [5000.0, kwh, 7000.0]
    (note,) = region.notes
    assert said in note[1]
    assert zh in note[2]
    assert "50 %" in note[1]
    assert "50 %" in note[2]


def test_three_choices_need_prices_and_phases_and_take_the_plan_there_is(monkeypatch) -> None:
    assert programme.by_objective(place(phases=[1]), ROOFS.drop(columns="capex_yuan"), None) is None
    assert programme.by_objective(place(), ROOFS, None) is None
    asked = []
    plans = three(25600.0, 6400.0)

    def plan_of(region, roofs, stands, out, name):
        asked.append((name, None if out is None else out.to_dict()))
        return plans[name]

    monkeypatch.setattr(programme, "plan_of", plan_of)
    programme.by_objective(place(phases=[1]), ROOFS.assign(excluded=["", "x", ""]), None, plans["energy"])
    assert asked == [(n, {"a": "", "b": "x", "c": ""}) for n in ("cost", "lcoe")]


@pytest.mark.parametrize(("kind", "density", "hours"), [("public", 0.2, 900.0), ("warehouse", 0.15, 800.0)])
def test_new_buildings_are_like_those_of_their_class(kind: str, density: float, hours: float) -> None:
    roofs = pd.DataFrame({"building_class": ["public", "industrial", "public"], "usable_m2": [0.5, 0.5, 0.0],
                          "capacity_kwp": [0.1, 0.05, 9.0], "yield_kwh": [90.0, 30.0, 1.0]})  # fmt: skip
    new = SimpleNamespace(building_class=kind, first_year=2026, roof_m2_yr=1000.0, share=0.4)
    plan = SimpleNamespace(shares={2025: 0.1, 2028: 0.5}, co2_kg_kwh=0.5)
    table = programme.new_buildings(place(new_buildings=new), roofs, plan)
    assert table["year"].tolist() == [2026, 2027, 2028]
    assert table["new_roof_m2"].tolist() == [1000.0, 2000.0, 3000.0]
    assert table["developed_m2"].tolist() == pytest.approx([400.0, 800.0, 1200.0])
    assert table["capacity_kwp"].to_numpy() == pytest.approx(table["developed_m2"] * density)
    assert table["yield_kwh"].to_numpy() == pytest.approx(table["capacity_kwp"] * hours)
    assert table["avoided_co2_t"].to_numpy() == pytest.approx(table["yield_kwh"] / 2000)
    late = programme.new_buildings(
        place(new_buildings=SimpleNamespace(**vars(new) | {"first_year": 2030})), roofs, plan
    )
    assert late["year"].tolist() == [2030]
    assert programme.new_buildings(place(new_buildings=None), roofs, plan) is None


def test_the_ninety_per_cent_value_of_each_roof(monkeypatch) -> None:
    spread = SimpleNamespace(shared=np.array([0.3, 0.0]), independent=np.array([0.4, 0.1]), attrs={"common": 0.3})
    asked = []
    monkeypatch.setattr(programme, "spread_of", lambda roofs, **how: asked.append(how) or spread)
    roofs = pd.DataFrame({"yield_kwh": [1000.0, 100.0]})
    programme.add_spread(roofs)
    roofs.attrs["illustrative_weather"] = True
    programme.add_spread(roofs)
    assert asked == [{"illustrative_weather": False}, {"illustrative_weather": True}]
    assert roofs["yield_p90_kwh"].tolist() == pytest.approx([1000 - 1.2815515655 * 500, 100 - 12.815515655])
    assert roofs["yield_sd_kwh"].tolist() == pytest.approx([400.0, 10.0])
    assert roofs["yield_common"].tolist() == [0.3, 0.0]
    assert roofs.attrs["uncertainty"] == {"common": 0.3}


@pytest.mark.parametrize(
    "missing", [(), ("roofs",), ("landcover",), ("sites", "meters", "sun"), ("existing",), ("carbon",)]
)
def test_an_assembly_hands_each_part_to_the_next(monkeypatch, missing: tuple[str, ...]) -> None:
    """Every part is a word; what is not there is not asked for, and each step is told once and timed."""
    got, told, seconds = {}, [], {}
    region = SimpleNamespace(
        landcover=None if "landcover" in missing else "land", seed=7,
        settings=SimpleNamespace(maps=SimpleNamespace(sun="sun" not in missing)),
        file=SimpleNamespace(sites=[] if "sites" in missing else ["s"],
                             meters=None if "meters" in missing else "m", value="v"),
    )  # fmt: skip
    stands = None if "existing" in missing else SimpleNamespace(on_roof_kwp="on roof")
    side = SimpleNamespace(plan="plan", prices="prices", existing=stands)
    for name, found in {"_programme": side, "zone_readings": "both", "sites_of": SimpleNamespace(table="plants"),
                        "meters_of": "metered", "extent_of": "extent", "balance": "balance", "yearly": "yearly",
                        "value_table": "value"}.items():  # fmt: skip
        monkeypatch.setattr(assembly, name, lambda *a, _n=name, _f=found, **k: got.update({_n: (a[1:], k)}) or _f)
    monkeypatch.setattr(assembly, "scorecard", lambda _, **k: got.update(scorecard=k) or "score")
    monkeypatch.setattr(assembly.pv, "skylines", lambda *a, **k: "skylines")
    monkeypatch.setattr(assembly.sinks, "assess", lambda *a: "stock")
    monkeypatch.setattr(assembly.sinks, "outlook", lambda *a: "outlook")
    roofs = None if "roofs" in missing else "roofs"
    carbon = (lambda: ("kept stock", "kept outlook")) if "carbon" in missing else None
    out = assembly.assemble(region, roofs, seconds=seconds, report=told.append, carbon=carbon)
    there, land = roofs is not None, "landcover" not in missing
    stock = ("kept stock" if carbon else "stock") if land else None
    assert (out.plan, out.pv_side, out.readings) == (("plan", side, "both") if there else (None, None, None))
    assert out.skylines == ("skylines" if there and "sun" not in missing else None)
    assert (out.stock, out.outlook) == (stock, ("kept outlook" if carbon else "outlook") if land else None)
    assert out.value == ("value" if land else None)
    assert out.meters == (None if "meters" in missing else "metered")
    assert (out.sites is None) == ("sites" in missing)
    assert got["scorecard"] == {
        "roofs": roofs, "plan": out.plan, "existing": stands if there else None, "stock": stock,
        "prices": "prices" if there else None, "sites": None if "sites" in missing else "plants",
        "extent": "extent"}  # fmt: skip
    if "meters" not in missing:
        assert got["meters_of"] == ((roofs, "on roof" if there and stands else None), {"seed": 7})
    steps = (
        ["coverage"] * there
        + ["skylines"] * bool(out.skylines)
        + ["carbon"] * land
        + ["outlook"] * (land and not carbon)
    )
    steps += ["sites"] * ("sites" not in missing) + ["meters"] * ("meters" not in missing)
    assert told == steps
    assert set(seconds) == set(steps)
    assert all(0 <= s < 60 for s in seconds.values())


def test_a_step_that_fails_is_told_but_not_timed() -> None:
    seconds, told = {}, []
    with suppress(ZeroDivisionError), assembly.step(seconds, "x", told.append):
        raise ZeroDivisionError
    assert (seconds, told) == ({}, ["x"])
    assert assembly.Results().seconds == {}


@pytest.mark.parametrize(("rule", "told"), [("assumed", ["old", "shaded"]), ("off", ["", "shaded"])])
def test_roofs_that_may_not_bear_modules_go_only_where_asked(monkeypatch, rule: str, told: list[str]) -> None:
    out = pd.Series(["", "shaded"], index=["a", "b"])
    asked = {}
    monkeypatch.setattr(programme, "exclude", lambda roofs, **how: asked.update(how) or out)
    monkeypatch.setattr(programme, "with_load", lambda roofs, kept: kept.where(kept != "", "old"))
    coverage = SimpleNamespace(load_rule=rule, max_shading_pct=30.0, exclude_buildings={"b": "x"})
    region = SimpleNamespace(settings=SimpleNamespace(coverage=coverage), left_out=["layer"])
    assert programme._excluded(region, pd.DataFrame()).to_list() == told
    assert asked == {"layers": ["layer"], "max_shading_pct": 30.0, "buildings": {"b": "x"}}
