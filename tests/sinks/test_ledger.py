"""A year that closes: by hand for one township, by conservation for many, one figure with the stock for a city."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.plan.inputs.config import EventSection, load_region_file
from guanghui.plan.inputs.events import read_events
from guanghui.sinks import SinkSettings, assess, ledger, outlook
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.years.cohorts import AgedTrees
from guanghui.sinks.years.ledger import EVENT_COLUMNS, KINDS, Forest, run_ledger
from tests.sinks.conftest import EQUAL, City, layer, place

F = load_factors()
PARTS = np.array([0.56, 0.24, 0.20])


def forest(towns: int = 1, years: int = 3, *, living: float = 1000.0, rate: float = 0.0) -> Forest:
    ones = np.ones(towns)
    return Forest(
        tuple(f"t{i}" for i in range(towns)), 100 * ones, 2000 * ones, living * ones, 0 * ones,
        np.zeros((towns, years)), np.full(years, rate), np.tile(PARTS, (towns, 1)), np.zeros((towns, years)),
    )  # fmt: skip


def event(**parts: object) -> dict[str, object]:
    base = {"kind": "harvest", "year": 2024, "code": "t0", "area_ha": np.nan, "volume_m3": np.nan, "living_tc": np.nan,
            "killed": 1.0, "removed": 0.0, "replanted": "", "township": "", "geometry": None}  # fmt: skip
    return base | parts


def frame(*events: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(events), columns=[*EVENT_COLUMNS, "township", "geometry"])


def closes(table: pd.DataFrame) -> None:
    left = table["opening_tc"] + table["growth_tc"] + table["works_tc"] - table[[f"{k}_tc" for k in KINDS]].sum(axis=1)
    np.testing.assert_allclose(left, table["closing_tc"], rtol=0, atol=1e-9 * table["opening_tc"].max())


def test_a_clear_cut_of_ten_hectares_by_hand() -> None:
    """100 of 1000 t C: 85 % of the stems are products, 15 % rot at 3.74 % a year, crowns and roots at 14.35 %."""
    table, done = run_ledger(forest(), frame(event(area_ha=10.0)), [2024, 2025, 2026], F)
    assert done["dead_tc"].iloc[0] == pytest.approx(100)
    first, second = table.iloc[0], table.iloc[1]
    assert first["products_tc"] == pytest.approx(0.85 * 56)
    assert first["harvest_tc"] == pytest.approx(0.85 * 56)
    assert first["dead_tc"] == pytest.approx(0.15 * 56 + 24 + 20)
    assert first["closing_tc"] == pytest.approx(1000 - 0.85 * 56)
    rot = 0.15 * 56 * 0.0374 + 44 * 0.1435
    assert second["harvest_tc"] == pytest.approx(0.83 * rot)
    assert second["dead_tc"] == pytest.approx(0.15 * 56 + 44 - 0.83 * rot)
    closes(table)


def test_fire_pest_and_conversion_go_their_own_ways() -> None:
    events = [event(kind=k, area_ha=10.0) for k in ("fire", "pest", "conversion")]
    rows = {e["kind"]: run_ledger(forest(), frame(e), [2024, 2025], F)[0].iloc[0] for e in events}
    assert rows["conversion"]["conversion_tc"] == pytest.approx(100)
    assert rows["conversion"]["dead_tc"] == 0
    assert rows["fire"]["fire_tc"] == pytest.approx(0.4465 * 24)
    assert rows["pest"]["pest_tc"] == pytest.approx(0.1 * 24)
    cleared = run_ledger(forest(), frame(event(kind="pest", area_ha=10.0, removed=1.0)), [2024], F)[0].iloc[0]
    assert cleared["pest_tc"] == pytest.approx(0.1 * 24 + 56)


def test_area_volume_and_part_killed_say_the_same() -> None:
    """20 m³/ha: 10 ha, 200 m³, and half of 20 ha kill the same trees."""
    for parts in ({"area_ha": 10.0}, {"volume_m3": 200.0}, {"area_ha": 20.0, "killed": 0.5}):
        assert run_ledger(forest(), frame(event(**parts)), [2024], F)[1]["dead_tc"].iloc[0] == pytest.approx(100)


def test_what_dies_first_does_not_grow_and_cannot_die_again() -> None:
    two = frame(event(area_ha=50.0), event(year=2025, area_ha=25.0))
    table, done = run_ledger(forest(rate=0.1), two, [2024, 2025, 2026], F)
    assert done["dead_tc"].tolist() == pytest.approx([550, 0.5 * 550 * 1.1])
    assert table["growth_tc"].tolist() == pytest.approx([100, 55, 0.1 * 550 * 1.1 / 2])
    with pytest.raises(InputError, match=r"harvest of 2025 in t0 takes .*only"):
        run_ledger(forest(), frame(event(area_ha=60.0), event(year=2025, area_ha=60.0)), [2024, 2025], F)


def test_carbon_is_kept_over_ten_years_in_fifty_townships() -> None:
    rng = np.random.default_rng(3)
    years = list(range(2020, 2030))
    towns = forest(50, 10, living=5000.0, rate=0.02)
    events = frame(*(
        event(kind=rng.choice(list(KINDS)), year=int(rng.choice(years)), code=f"t{rng.integers(50)}",
              area_ha=float(rng.uniform(0.1, 2)), killed=float(rng.uniform(0.2, 1)), removed=float(rng.uniform(0, 1)),
              replanted=rng.choice(["", "chinese_fir"]))
        for _ in range(400)
    ))  # fmt: skip
    table, done = run_ledger(towns, events, years, F, temperature_c=17.0)
    closes(table)
    chain = table.pivot_table("closing_tc", "code", "year").iloc[:, :-1].to_numpy()
    np.testing.assert_allclose(
        table.pivot_table("opening_tc", "code", "year").iloc[:, 1:].to_numpy(), chain, rtol=1e-12
    )
    lost = table[[f"{k}_tc" for k in KINDS]].to_numpy().sum()
    assert lost + table[table["year"] == 2029]["dead_tc"].sum() == pytest.approx(done["dead_tc"].sum(), rel=1e-12)
    assert (table[[f"{k}_tc" for k in KINDS]] >= 0).all().all()


def test_what_is_planted_after_grows_on_its_curve() -> None:
    table, _ = run_ledger(forest(years=5), frame(event(area_ha=10.0, replanted="masson_pine")), range(2024, 2029), F)
    curve = growth_curve("masson_pine", F)
    steps = 10 * np.diff(curve.table(4))
    np.testing.assert_allclose(table["works_tc"], [0, *steps], rtol=1e-12)


def test_shares_of_every_part_sum_to_one() -> None:
    shares = read_table("factors", "events.csv")
    sums = shares.groupby(["kind", "part"])["share"].sum()
    assert len(sums) == 12
    np.testing.assert_allclose(sums, 1.0)
    assert set(shares["kind"]) == set(KINDS)
    wood = read_table("factors", "dead_wood.csv")
    np.testing.assert_allclose(wood["half_life_10c_yr"], np.log(0.5) / np.log(1 - wood["decay_per_year"]), rtol=0.005)


def with_events(city: City, *events: dict[str, object]) -> City:
    city.sinks = SinkSettings(draws=200)
    city.events = frame(*events).drop(columns=["code", "living_tc"])
    return city


def test_the_first_year_grows_as_the_stock_says(city: City) -> None:
    city.stands = layer([place(0, 0, 5, 6)], species_group=["杉木"], volume_m3_ha=[50.0])
    found = ledger(with_events(city, event(kind="fire", township="东乡", area_ha=5.0)))
    assert found is not None
    growth = assess(city).table.set_index("code")["forest_growth_tc_yr"]
    first = found.table[found.table["year"] == 2024].set_index("code")
    np.testing.assert_allclose(first["growth_tc"], growth.reindex(first.index).astype(float), rtol=1e-9)
    assert found.residual_tc < 1e-9 * found.city_years["opening_tc"].max()
    towns = found.table[found.table["code"] != ""].groupby("year")["closing_tc"].sum()
    np.testing.assert_allclose(found.city_years["closing_tc"], towns, rtol=1e-14)
    assert found.table["harvest_tc"].sum() == 0


def test_a_burnt_polygon_takes_the_trees_under_it(city: City) -> None:
    """8 x 3 ha over both townships: 12 ha of forest in 东乡 (columns 6-9), 12 in 中乡 (10-13), cropland nowhere."""
    found = ledger(with_events(city, event(kind="fire", geometry=place(6, 0, 14, 3))))
    assert found is not None
    done = found.events.set_index("code")
    assert done["area_ha"].tolist() == pytest.approx([12, 12])
    per_ha = assess(city).by_class
    alive = per_ha[(per_ha["class"] == "forest") & per_ha["pool"].isin(["above", "below"]) & (per_ha["code"] != "")]
    mean = alive["stock_tc"].sum() / 90
    assert done["dead_tc"].tolist() == pytest.approx([12 * mean, 12 * mean], rel=1e-5)


def test_harvests_take_the_place_of_the_use(city: City) -> None:
    found = ledger(with_events(city, event(township="东乡", volume_m3=100.0)))
    assert found is not None
    first = found.city_years.iloc[0]
    growth = assess(city).table.iloc[-1]["forest_growth_tc_yr"]
    assert first["growth_tc"] == pytest.approx(growth * 0.088 / (0.088 - 0.0624), rel=1e-9)
    assert any("gross rate" in n.text for n in city.notes)


def test_events_that_fit_nowhere_are_refused(city: City) -> None:
    with pytest.raises(InputError, match="no township is called 北乡"):
        ledger(with_events(city, event(township="北乡", area_ha=1.0)))
    city = with_events(city, event(township="东乡", area_ha=1.0))
    city.sinks = SinkSettings(draws=200, ledger={"first_year": 2025})
    with pytest.raises(InputError, match="2024 lies before the first year"):
        ledger(city)
    city.events = None
    assert ledger(city) is None


def test_the_outlook_holds_the_ledger(city: City) -> None:
    for name in ("terrain", "farmland", "excluded", "planned", "cleared", "works"):
        setattr(city, name, None)
    found = outlook(with_events(city, event(kind="pest", township="000001002", area_ha=3.0))).ledger
    assert found is not None
    assert found.years == [2024]
    assert set(found.sources["mark"]) <= {"V", "assumed"}
    assert found.sources["citation"].notna().all()


def read(path, **asked):
    return read_events((EventSection(path=str(path), **asked),), lambda value: path, CRS(EQUAL), Notes())


def test_events_from_a_table_and_from_a_layer(tmp_path) -> None:
    table = tmp_path / "events.csv"
    table.write_text("类型,年份,乡镇,蓄积\n采伐,2023,东乡,120\n松材线虫病,2024,中乡,30\n", encoding="gb18030")
    found = read(table, killed=0.9)
    assert found["kind"].tolist() == ["harvest", "pest"]
    assert found["year"].tolist() == [2023, 2024]
    assert found["volume_m3"].tolist() == [120, 30]
    assert found["killed"].tolist() == [0.9, 0.9]
    shapes = tmp_path / "fire.gpkg"
    gpd.GeoDataFrame({"year": [2022]}, geometry=[place(0, 0, 1, 1)], crs=EQUAL).to_file(shapes)
    burnt = read(shapes, kind="fire")
    assert burnt["kind"].tolist() == ["fire"]
    assert shapely.area(burnt["geometry"].iloc[0]) == pytest.approx(1e4, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [("kind,year,township,area_ha\nflood,2023,东乡,1\n", "'flood', not one of"),
     ("kind,year,township,area_ha\nfire,去年,东乡,1\n", "not a year"),
     ("kind,year,township,area_ha\nfire,2023,东乡,-1\n", "above 0"),
     ("kind,year,area_ha\nfire,2023,1\n", "needs township"),
     ("kind,year,township\nfire,2023,东乡\n", "area_ha or volume_m3")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_refused(tmp_path, text: str, message: str) -> None:
    path = tmp_path / "e.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as refused:
        read(path)
    assert any("\u4e00" <= c <= "\u9fff" for c in refused.value.zh)


def test_the_region_file_takes_events_one_by_one(tmp_path) -> None:
    path = tmp_path / "r.toml"
    head = '[region]\nname = "x"\ncode = "360482"\n'
    path.write_text(head + '[[events]]\nkind = "fire"\nyear = 2024\ntownship = "东乡"\narea_ha = 3\n', encoding="utf-8")
    entry = load_region_file(path)[0].events[0]
    found = read_events((entry,), lambda v: tmp_path, CRS(EQUAL), Notes())
    assert found.loc[0, ["kind", "year", "area_ha"]].tolist() == ["fire", 2024, 3]
    path.write_text(head + '[[events]]\nkind = "fire"\nyear = 2024\ntownship = "东乡"\n', encoding="utf-8")
    with pytest.raises(InputError, match="area_ha or volume_m3"):
        load_region_file(path)


def test_the_oldest_go_first() -> None:
    """10 ha of 90 years, 10 of 50, 10 of 20: 12 ha are cut, then a volume of the oldest left; the young stay."""
    tc = np.array([[1000.0] * 3, [600.0, 610.0, 620.0], [100.0, 110.0, 120.0]])
    ages = AgedTrees(np.zeros(3, np.int64), np.array([90.0, 50.0, 20.0]), np.full(3, 10.0), tc)
    start = replace(forest(1, 2, living=0.0), aged_tc=np.array([1700.0]), volume_m3=np.array([3400.0]), ages=ages)
    given = frame(event(area_ha=12.0), event(year=2025, volume_m3=122.0)).assign(oldest=True)
    table, done = run_ledger(start, given, [2024, 2025], F)
    assert done["dead_tc"].tolist() == pytest.approx([1000 + 0.2 * 610, 61.0])
    assert table["growth_tc"].tolist() == pytest.approx([20.0, 0.8 * 10 + 10])
    alive = table["closing_tc"] - table["dead_tc"]
    assert alive.tolist() == pytest.approx([0.8 * 610 + 110, 0.8 * 620 - 61 + 120])
    closes(table)
    with pytest.raises(InputError, match="of known age"):
        run_ledger(start, frame(event(area_ha=31.0)).assign(oldest=True), [2024, 2025], F)
