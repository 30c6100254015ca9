"""Spread of the yield and self-use from tables of a few rows, every figure worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.pv.energy import loads, spread


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("weather_year", "common", "all", 0.04), ("weather_source", "common", "measured", 0.03),
            ("weather_source", "common", "illustrative", 0.12), ("weather_station", "common", "far", 0.02),
            ("geometry", "independent", "surface", 0.05), ("geometry", "independent", "outline", 0.10),
            ("height", "independent", "outline_guess", 0.08), ("soiling", "independent", "all", 0.02)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["item", "kind", "applies", "value"])
    shipped = frame.assign(unit="1", year=2026, mark="assumed", source="s")
    monkeypatch.setattr(spread, "read_table", lambda *_: shipped)


def roofs(**more: object) -> pd.DataFrame:
    frame = pd.DataFrame({"lod": ["surface", "outline", "outline"], "height_source": ["lidar", "guess", "map"],
                          "yield_kwh": [100.0, 200.0, 700.0]} | more)  # fmt: skip
    return frame


@pytest.mark.usefixtures("table")
def test_what_applies_to_a_roof_adds_in_squares() -> None:
    got = spread.spread_of(roofs(), illustrative_weather=False)
    assert got.common == pytest.approx(0.05)
    assert got.shared == pytest.approx([0.05] * 3)
    assert got.independent**2 == pytest.approx([0.0025 + 0.0004, 0.01 + 0.0064 + 0.0004, 0.01 + 0.0004])
    assert got.attrs == pytest.approx({"common": 0.05, "independent": np.sqrt(0.0104)})
    made = spread.spread_of(roofs(), illustrative_weather=True)
    assert made.common == pytest.approx(np.sqrt(0.0016 + 0.0144))
    assert "weather_station" not in set(made.sources["item"])
    assert set(made.sources["applies"]) == {"all", "illustrative", "surface", "outline", "outline_guess"}
    plain = spread.spread_of(roofs().drop(columns=["height_source", "yield_kwh"]), illustrative_weather=False)
    assert plain.independent**2 == pytest.approx([0.0029, 0.0104, 0.0104])
    assert plain.common == pytest.approx(0.05)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("told", "common"),
    [
        ({"year": 0.0}, 0.0009), ({"year": 0.06}, 0.0045), ({"closure": 0.01}, 0.0026), ({"closure": 0.0}, 0.0025),
        ({"station_km": 50.0}, 0.0026), ({"station_km": 200.0}, 0.0041), ({"station_km": 900.0}, 0.0025 + 0.0064),
        ({"station_km": 0.0}, 0.0025),
    ],
)  # fmt: skip
def test_what_the_weather_file_tells_of_itself(told: dict, common: float) -> None:
    frame = roofs()
    frame.attrs["weather_sd"] = told
    got = spread.spread_of(frame, illustrative_weather=False)
    assert got.common**2 == pytest.approx(common)
    marks = got.sources.set_index("item")["mark"]
    assert marks["weather_year"] == ("measured" if "year" in told else "assumed")
    assert ("weather_closure" in marks) == bool(told.get("closure"))


@pytest.mark.usefixtures("table")
def test_an_assumed_form_takes_the_place_of_the_outline() -> None:
    frame = roofs(form_sd=[np.nan, 0.2, 0.3], form_common=[np.nan, 0.12, 0.12])
    got = spread.spread_of(frame, illustrative_weather=False)
    assert got.independent**2 == pytest.approx([0.0029, 0.04 + 0.0064 + 0.0004, 0.09 + 0.0004])
    assert got.shared == pytest.approx([0.05, 0.13, 0.13])
    assert got.common == pytest.approx((100 * 0.05 + 900 * 0.13) / 1000)
    rows = got.sources[got.sources["item"] == "roof_form"]
    assert rows["kind"].tolist() == ["common", "independent"]
    assert rows["value"].tolist() == pytest.approx([0.12, 0.25])
    assert rows["year"].tolist() == [2026, 2026]
    dark = spread.spread_of(frame.assign(yield_kwh=0.0), illustrative_weather=False)
    assert dark.common == pytest.approx(0.13)
    none = spread.spread_of(roofs(form_sd=np.nan, form_common=np.nan), illustrative_weather=False)
    assert "roof_form" not in set(none.sources["item"])
    tiny = spread.spread_of(frame.assign(yield_kwh=[0.1, 0.2, 0.2]), illustrative_weather=False)
    assert tiny.common == pytest.approx((0.1 * 0.05 + 0.4 * 0.13) / 0.5)


def test_quantiles_of_groups_and_the_interval_of_a_sum() -> None:
    """Two roofs of one group share 10 % and 20 %: 10 + 40; their own 30 and 40 are 50 together."""
    energy, groups = np.array([100.0, 200.0, 5.0]), np.array([0, 0, 1])
    common, own = np.array([0.1, 0.2, 0.0]), np.array([0.3, 0.2, 4.0])
    z = 1.2815515655446004
    got = spread.quantile(energy, common, own, 0.9, groups)
    assert got == pytest.approx([300 - z * np.sqrt(50**2 + 50**2), 0.0])
    assert spread.quantile(energy, common, own, 0.5, groups) == pytest.approx([300.0, 5.0])
    low, high = spread.interval_ends(100.0, 400.0, 0.15)
    assert (low, high) == pytest.approx((100 - 1.959963985 * 25, 100 + 1.959963985 * 25))
    assert spread.interval_ends(1.0, 4.0, 0.0)[0] == 0.0
    parts = spread.additive(pd.DataFrame({"yield_kwh": [7.0, 9.0], "yield_sd_kwh": [3.0, np.nan],
                                          "yield_common": [0.5, np.nan]}))  # fmt: skip
    assert parts["yield_common_kwh"].tolist() == [3.5, 0.0]
    assert parts["yield_squares"].tolist() == [9.0, 0.0]


def test_townships_in_the_order_of_their_codes_and_the_city_last() -> None:
    frame = pd.DataFrame({"township_code": ["2", "1", "2"], "township": ["乙", "甲", "乙"],
                          "yield_kwh": [100.0, 1000.0, 200.0]})  # fmt: skip
    given = spread.Spread(0.1, np.array([0.4, 0.0, 0.15]), pd.DataFrame(), np.full(3, 0.1))
    got = spread.township_spread(frame, given)
    sd = np.array([100.0, np.sqrt(30**2 + 40**2 + 30**2), np.sqrt(130**2 + 40**2 + 30**2)])
    assert got["township"].tolist() == ["甲", "乙", "合计 total"]
    assert got["township_code"].tolist() == ["1", "2", ""]
    assert got["p50_kwh"].to_numpy() == pytest.approx([1000.0, 300.0, 1300.0])
    assert (got["p50_kwh"] - got["p90_kwh"]).to_numpy() == pytest.approx(1.2815515655 * sd)
    assert (got["p50_kwh"] - got["low_kwh"]).to_numpy() == pytest.approx(1.959963985 * sd)
    assert (got["high_kwh"] - got["p50_kwh"]).to_numpy() == pytest.approx(1.959963985 * sd)


def days(**hours: float) -> np.ndarray:
    return np.array([hours.get(f"h{h}", 0.0) for h in range(24)])


WHEN = pd.DatetimeIndex(["2026-01-02 00:30", "2026-01-02 12:30", "2026-01-03 12:30"])
"""A Friday night and noon, and a Saturday noon."""
MADE = pd.Series([0.0, 3.0, 1.0], index=WHEN)


@pytest.mark.parametrize(("ratio", "share"), [(0.0, 0.0), (1.0, 0.375), (100.0, 1.0), (0.01, 0.005)])
def test_self_use_is_the_lesser_of_load_and_generation(ratio: float, share: float) -> None:
    """Load 4, 1, 3 of 8; generation 0, 3, 1 of 4."""
    curve = loads.self_use_curve(MADE, days(h0=4.0, h12=1.0), days(h0=7.0, h12=3.0))
    found = np.interp(ratio, loads._RATIOS, curve)
    assert found == pytest.approx(share, abs=0.006 if ratio == 1.0 else 1e-12)
    assert (len(loads._RATIOS), loads._RATIOS[1], loads._RATIOS[-1]) == (121, 0.01, pytest.approx(100.0))


def test_self_use_of_roofs_by_class_and_ratio() -> None:
    shapes = pd.DataFrame([days(h0=4.0, h12=1.0), days(h0=7.0, h12=3.0), days(h12=1.0)],
                          index=pd.MultiIndex.from_tuples([("a", "workday"), ("a", "weekend"),
                                                           ("b", "workday")]))  # fmt: skip
    frame = pd.DataFrame({"building_class": ["a", "b", "a", "c", "a"], "yield_kwh": [1000.0, 1000.0, 0.0, 5.0, 0.5]})
    got = loads.self_use_share(frame, MADE, np.array([10.0, 10.0, 10.0, 10.0, 0.005]), shapes)
    assert got[[0, 1, 4]] == pytest.approx([0.005, 0.01, 0.005])
    assert np.isnan(got[[2, 3]]).all()


def test_a_day_needs_numbers_not_below_nought_and_not_all_nought(tmp_path) -> None:
    path = tmp_path / "own.csv"
    head = "building_class,day," + ",".join(f"h{h:02d}" for h in range(24))
    for last, good in (("0.5", True), ("0", False), ("-1", False), ("x", False), ("", False)):
        first = "0" if last in {"0.5", "0"} else "5"
        path.write_text(f"{head}\npublic,workday,{first}" + ",0" * 22 + f",{last}\n", encoding="utf-8")
        if good:
            assert loads.load_shapes(path).loc[("public", "workday")].tolist() == [0.0] * 23 + [0.5]
            continue
        with pytest.raises(InputError, match="needs 24 numbers not below 0"):
            loads.load_shapes(path)
    path.write_text("building_class,h00\npublic,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"own\.csv: column day, h01"):
        loads.load_shapes(path)


def test_generation_is_power_times_the_length_of_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}

    def plane(suns, air, wind, tilt, azimuth, *, rack, settings):
        seen.update(air=air.tolist(), wind=wind.tolist(), rack=rack)
        return None, np.array([2.0, 3.0, 5.0])

    suns = SimpleNamespace(interval=np.array([1, 1, 2]), hours=0.5)
    data = pd.DataFrame({"temp_air": [1.0, 2.0, 3.0], "wind_speed": [4.0, 5.0, 6.0]}, index=WHEN)
    weather = SimpleNamespace(data=data, latitude=29.0, half_hour_suns=suns)
    monkeypatch.setattr(loads, "plane_power", plane)
    monkeypatch.setattr(loads, "flat_rows", lambda *_: SimpleNamespace(tilt=10.0, azimuth=180.0))
    got = loads.generation_shape(weather, None)
    assert got.tolist() == [0.0, 2.5, 2.5]
    assert seen == {"air": [2.0, 2.0, 3.0], "wind": [5.0, 5.0, 6.0], "rack": True}
