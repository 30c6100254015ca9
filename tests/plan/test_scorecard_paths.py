"""Every target that ships: a verdict once its inputs are there, and without them a reason and what to bring."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.config import BalanceSection, load_region_file
from guanghui.plan.inputs.plan_sections import Actual, Target
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.balance import balance, contradiction
from guanghui.plan.results.extent import Extent, extent_of
from guanghui.plan.results.scorecard import VERDICTS, known_items, scorecard
from guanghui.plan.results.scorecard_paths import PATHS
from guanghui.plan.results.yearly import yearly
from guanghui.plan.run.targets import PLACES, targets_page
from guanghui.sinks.settings import SinkSettings

CRS = "EPSG:4548"
E, N = 400_000.0, 3_240_000.0


def squares(*at: int, kind: tuple[str, ...] = ()) -> gpd.GeoDataFrame:
    """Squares of one hectare in a row."""
    frame = gpd.GeoDataFrame(geometry=[box(E + 100 * k, N, E + 100 * k + 100, N + 100) for k in at], crs=CRS)
    return frame.assign(wetland_type=list(kind)) if kind else frame


def known(targets: tuple[Target, ...], actuals: tuple[Actual, ...] = (), **more: object) -> SimpleNamespace:
    """A region of stand-ins: settings and layers, nothing read."""
    sinks = more.pop("sinks", SinkSettings())
    return SimpleNamespace(
        path=Path("x.toml"),
        file=SimpleNamespace(targets=targets, actuals=actuals),
        settings=SimpleNamespace(
            pv=SimpleNamespace(module_w_m2=210.0), sinks=sinks, coverage=SimpleNamespace(new_buildings=None)
        ),
        **{"wetlands": None, "protected": None, "built_up": None, "landcover": None, **more},
    )


class Plan(SimpleNamespace):
    def total(self, year: int) -> pd.Series:
        return pd.Series({"capacity_kwp": 6e8, "yield_kwh": 6e11})


def results() -> dict[str, object]:
    """Stand-ins for what a run with all inputs knows: 600 GW on roofs, so that every sum is reached or missed by it."""
    reached = pd.DataFrame({"year": [2022, 2024], "reached_share": [0.35, 0.99]})
    areas = SimpleNamespace(
        frame=pd.DataFrame({"class": ["forest_mixed", "paddy"], "area_ha": [30.0, 70.0]}),
        townships=pd.DataFrame({"known_ha": [100.0]}),
    )
    raw = SimpleNamespace(summary=pd.DataFrame({"raw": {"standing_volume": 310_000.0}}))
    beside = pd.DataFrame({"existing_kwp": [20e3], "footprint_m2": [2e5], "capacity_kwp": [3e4]})
    return {
        "plan": Plan(reached=reached, shares={2022: 0.3, 2024: 0.5}),
        "existing": SimpleNamespace(beside=beside),
        "stock": SimpleNamespace(city={"forest_cover": 0.3, "volume_m3": 3e5}, areas=areas, reconciliation=raw),
        "sites": pd.DataFrame({"kind": ["ground"], "year": [2021], "capacity_kwp": [2e5], "yield_kwh": [2e8]}),
    }


def test_every_target_that_ships_can_be_judged_and_says_what_to_bring() -> None:
    rows = []
    for name in PLACES:
        targets = load_region_file(Path("data/regions") / f"{name}.toml")[0].targets
        empty = scorecard(known(targets))
        counts = tuple(
            {
                (t.item, t.year): Actual(item=t.item, year=t.year or 2025, value=1.0, source="x") for t in targets
            }.values()
        )
        counted = scorecard(known(targets, counts))
        assert empty is not None
        assert counted is not None
        for before, after, target in zip(empty.to_dict("records"), counted.to_dict("records"), targets, strict=True):
            rows.append((name, target.item, before["status"], after["status"], target.item in PATHS))
            assert before["status"] not in VERDICTS, target
            for lang in ("zh", "en"):
                assert before[f"why_{lang}"], target
                assert before[f"bring_{lang}"], target
    table = pd.DataFrame(rows, columns=["place", "item", "without", "counted", "path"])
    assert len(table) == 42
    assert (table["counted"].isin(VERDICTS)).all()  # a yearly report is enough for each of them
    assert table["path"].sum() >= 25


def test_with_inputs_most_targets_get_a_verdict_without_any_count() -> None:
    wet = squares(0, 1, 2, kind=("人工湿地", "草本沼泽", "库塘"))
    judged = 0
    for name in PLACES:
        file = load_region_file(Path("data/regions") / f"{name}.toml")[0]
        official = SinkSettings(standing_volume_m3=320_000.0, projection=file.sinks.projection)
        card = scorecard(known(file.targets, sinks=official, wetlands=wet, protected=squares(1)), **results())
        assert card is not None
        judged += int(card["status"].isin(VERDICTS).sum())
        assert (card.loc[card["status"].isin(VERDICTS), "basis"] == "result").all()
    assert judged >= 25


def test_a_part_is_never_called_short_and_says_how_large_it_is() -> None:
    targets = (
        Target(item="forest_cover_pct", value=40, unit="%", year=2025, document="p"),
        Target(item="pv_capacity_mw", value=2e6, unit="MW", year=2025, document="p"),
        Target(item="roof_projects_mw", value=10, unit="MW", year=2025, document="p"),
    )
    card = scorecard(known(targets), extent=Extent(True, 0.024, 310.0), **results())
    assert card is not None
    assert card["status"].tolist() == ["part"] * 3
    assert card["why_en"].str.contains("2.4 %").all()
    assert "40" not in card["why_en"].iloc[0]  # a ratio of a part stands alone
    assert "30.0 % of the target" in card["why_en"].iloc[1]
    assert "200.0 % of the target" in card["why_en"].iloc[2]
    whole = scorecard(known(targets), **results())
    assert whole is not None
    assert whole["status"].tolist() == ["short", "short", "over"]


def test_what_is_known_in_part_can_meet_a_target_and_never_misses_it() -> None:
    known_mw = Target(item="pv_capacity_mw", value=5e5, unit="MW", year=2025, document="p")
    beyond = known_mw.model_copy(update={"value": 7e5})
    roofs_only = {k: v for k, v in results().items() if k != "sites"}
    card = scorecard(known((known_mw, beyond)), **roofs_only)
    assert card is not None
    assert card["status"].tolist() == ["over", "no_data"]
    assert "[[sites]]" in card["bring_en"].iloc[1]
    card = scorecard(known((known_mw, beyond)), **results())
    assert card is not None
    assert card["status"].tolist() == ["over", "short"]
    assert card["result"].tolist() == pytest.approx([6e5 + 200] * 2)
    early = known_mw.model_copy(update={"year": 2020, "value": 150.0})
    card = scorecard(known((early,)), **results())
    assert card is not None
    assert card["result"].iloc[0] == 0.0  # neither the first phase nor the plant of 2021 stands


def test_counts_judge_where_nothing_is_worked_out() -> None:
    target = Target(item="wind_mw", value=100, unit="MW", year=2025, document="p", responsible="发展改革委")
    for year, value, status in ((2025, 100, "met"), (2025, 99, "short"), (2024, 99, "under_way"), (2024, 120, "over")):
        counts = (
            Actual(item="wind_mw", year=year - 1, value=value / 1.1, source="x"),
            Actual(item="wind_mw", year=year, value=value, unit="MW", source="x"),
            Actual(item="wind_mw", year=2026, value=1e6, source="later than the target"),
        )
        card = scorecard(known((target,), counts))
        assert card is not None
        row = card.iloc[0]
        assert (row["status"], row["basis"], row["actual"], row["actual_year"]) == (status, "actual", value, year)
        assert row["actual_change_pct"] == pytest.approx(10.0)
        assert row["responsible"] == "发展改革委"


def test_counts_of_other_units_and_twice_are_refused() -> None:
    target = Target(item="wind_mw", value=100, unit="MW", year=2025, document="p")
    one = Actual(item="wind_mw", year=2024, value=1, unit="MW", source="x")
    with pytest.raises(InputError, match="given twice"):
        known_items(known((target,), (one, one)))
    with pytest.raises(InputError, match="one unit"):
        known_items(known((target,), (one.model_copy(update={"unit": "万千瓦"}),)))
    with pytest.raises(InputError, match=r"actuals.*wnd"):
        known_items(known((target,), (one.model_copy(update={"item": "wnd"}),)))


def test_year_on_year_by_hand() -> None:
    targets = tuple(
        Target(item="renewable_mw", value=v, unit="MW", year=y, document="p") for y, v in ((2030, 426.0), (2025, 340.0))
    )
    counts = tuple(
        Actual(item="renewable_mw", year=y, value=v, source="x")
        for y, v in ((2022, 280.0), (2020, 148.0), (2026, 350.0))
    )
    table = yearly(known(targets, counts))
    assert table is not None
    assert table["year"].tolist() == [2020, 2022, 2026]
    assert table["change"].tolist()[1:] == [132.0, 70.0]
    assert table["actual_change_pct"].tolist()[1:] == pytest.approx([89.189189, 25.0])
    assert table["target"].tolist() == [340.0, 340.0, 426.0]
    assert table["pace_a"].tolist() == pytest.approx([(340 - 148) / 5, 20.0, 19.0])
    assert table["target_reached_pct"].tolist() == pytest.approx([100 * 148 / 340, 100 * 280 / 340, 100 * 350 / 426])
    assert yearly(known(targets)) is None


def test_wetlands_by_hand() -> None:
    wet = squares(0, 1, 2, 3, kind=("人工湿地", "草本沼泽", "永久性河流", "库塘"))
    targets = (
        Target(item="constructed_wetland_m2", value=10_000, unit="m²", year=2025, document="p"),
        Target(item="wetland_protected_pct", value=60, unit="%", year=2025, document="p"),
    )
    half = gpd.GeoDataFrame(geometry=[box(E, N, E + 150, N + 100)], crs=CRS)
    card = scorecard(known(targets, wetlands=wet, protected=half))
    assert card is not None
    assert card["result"].tolist() == pytest.approx([10_000.0, 25.0])  # half of one of two natural hectares
    assert card["status"].tolist() == ["met", "short"]


def test_green_and_trees_of_the_village(village: Path) -> None:
    region = Region(village)
    land = region.landcover
    assert land is not None
    zone = region.townships.geometry.iloc[0].centroid.buffer(400)
    frame = gpd.GeoDataFrame(geometry=[zone], crs=region.crs)
    target = Target(item="green_cover_pct", value=40, unit="%", year=2025, document="p")
    card = scorecard(known((target,), landcover=land, built_up=frame))
    assert card is not None
    import rasterio
    from rasterio.features import geometry_mask

    with rasterio.open(village.parent / "landcover.tif") as source:
        codes = source.read(1)
        shape = frame.to_crs(source.crs).geometry
        inside = geometry_mask(shape, codes.shape, source.transform, invert=True)  # cells by their middle
    green = pd.Series(codes[inside]).isin([10, 20, 30]).mean()
    assert card["result"].iloc[0] == pytest.approx(100 * green, abs=0.5)


def test_the_extent_is_told_by_two_areas_or_by_hand(village: Path) -> None:
    region = Region(village)
    found = extent_of(region)
    area = region.townships["area_m2"].sum() / 1e6
    assert found.part
    assert found.share == pytest.approx(area / 310)
    text = village.read_text(encoding="utf-8")
    own = village.with_name("own_area.toml")
    for line, part in (("area_km2 = 7.2", False), ("part = false", False), ("area_km2 = 9", True)):
        own.write_text(text.replace('code = "360482"\n', f'code = "360482"\n{line}\n', 1), encoding="utf-8")
        assert extent_of(Region(own)).part is part
    own.write_text(text.replace('code = "360482"\n', 'code = "1"\n', 1), encoding="utf-8")
    assert extent_of(Region(own)) == Extent(
        False, pytest.approx(math.nan, nan_ok=True), pytest.approx(math.nan, nan_ok=True)
    )
    own.unlink()


def test_a_plan_that_contradicts_itself_is_told() -> None:
    """共青城: 0.151 t / 10⁴ yuan x 217.85 x 10⁸ yuan = 32.9 x 10⁴ t against 19.82 x 10⁴ t, 1.66 times."""
    section = BalanceSection(
        co2_t={"2022": 198_200}, co2_per_gdp={"2022": 0.151}, gdp_yuan={"2022": 217.85e8}, source="x"
    )
    said = contradiction(section)
    assert said is not None
    assert "1.66" in said[0]
    assert "1.66" in said[1]
    assert "328,954" in said[1]
    assert contradiction(section.model_copy(update={"co2_t": {"2022": 330_000.0}})) is None
    assert contradiction(section.model_copy(update={"gdp_yuan": {}})) is None
    region = SimpleNamespace(
        file=SimpleNamespace(balance=section), settings=SimpleNamespace(coverage=SimpleNamespace(grid="jiangxi"))
    )
    table = balance(region, None, None)
    assert table is not None
    assert table.attrs["doubt_en"] == said[1]


def test_the_table_of_targets_is_current_and_whole() -> None:
    page = targets_page()
    assert Path("docs/targets.md").read_text(encoding="utf-8") == page
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 42
    assert sum(row[4] == "result" for row in rows) >= 25
    assert all(row[-1].strip(" |") for row in rows)
