"""Ranges of a carbon table of one's own: read, drawn, propagated; what has none is named with its tonnes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from guanghui.geo.errors import InputError
from guanghui.geo.landcover import legend
from guanghui.geo.units import Z95
from guanghui.sinks import SinkSettings, assess, assess_change
from guanghui.sinks.factors.own_pools import OwnPools, read_own_pools
from guanghui.sinks.factors.table import load_factors
from tests.sinks.conftest import TOWNS, City, write_cover

TREES, GRASS = 10, 30


def own(folder: Path, text: str) -> OwnPools:
    path = folder / "pools.csv"
    path.write_text(text, encoding="utf-8")
    return read_own_pools(path, legend("worldcover"))


def stock(folder: Path, text: str, codes: np.ndarray | None = None) -> tuple[City, object]:
    land = write_cover(folder / "land.tif", np.full((10, 30), GRASS, np.uint8) if codes is None else codes)
    city = City(TOWNS.copy(), land, SinkSettings(draws=20_000), own_pools=own(folder, text))
    return city, assess(city)


def halves() -> np.ndarray:
    codes = np.full((10, 30), GRASS, np.uint8)
    codes[:5] = TREES
    return codes


@pytest.mark.parametrize(
    ("head", "cells", "low", "high"),
    [
        ("c_above_low,c_above_high", "8,12", 8.0, 12.0),
        ("c_above_sd", "2", 10 - 2 * Z95, 10 + 2 * Z95),
        ("c_above_cv", "0.1", 10 - Z95, 10 + Z95),
        ("c_above_cv_pct", "10", 10 - Z95, 10 + Z95),
        ("low,high", "8,12", 8.0, 12.0),
        ("c_above下限,c_above上限", "8,12", 8.0, 12.0),
    ],
)
def test_one_class_one_pool_has_the_range_of_its_row_times_its_area(
    tmp_path: Path, head: str, cells: str, low: float, high: float
) -> None:
    """300 ha of 10 t C/ha: mean exact, ends those of the table, the spread that of both methods."""
    _, found = stock(tmp_path, f"lucode,c_above,{head}\n{GRASS},10,{cells}\n")
    row = found.city
    assert row["total_tc"] == pytest.approx(3000, rel=1e-6)
    assert [row["total_low_tc"] / 300, row["total_high_tc"] / 300] == pytest.approx([low, high], abs=0.08)
    told = found.uncertainty.set_index(["quantity", "code"]).loc[("stock", "")]
    assert told["propagated_sd"] == pytest.approx(300 * (high - low) / (2 * Z95), rel=1e-9)
    assert told["monte_carlo_sd"] == pytest.approx(told["propagated_sd"], rel=0.02)
    assert told["unranged"] == 0


def test_a_wide_or_skewed_range_stays_positive_and_keeps_the_mean(tmp_path: Path) -> None:
    for head, cells, sd in (("c_above_cv", "0.8", 8.0), ("c_above_low,c_above_high", "4,25", None)):
        pools = own(tmp_path, f"lucode,c_above,{head}\n{GRASS},10,{cells}\n")
        factor = load_factors((), pools.by_code, pools.ranges)[f"#{GRASS}.above"]
        drawn = factor.draw(200_000, 3)
        assert drawn.min() > 0
        assert drawn.mean() == pytest.approx(10, rel=0.01)
        if sd is None:
            low, high = np.percentile(drawn, [2.5, 97.5])
            assert high / low == pytest.approx(25 / 4, rel=0.02)
        else:
            assert factor.sd == pytest.approx(sd, rel=1e-9)


def test_rows_are_independent_and_codes_of_one_row_are_not(tmp_path: Path) -> None:
    """Half and half with 20 % each: 14 % together by two rows, 20 % where one row of a class speaks of both codes."""
    two = f"lucode,c_above,c_above_cv\n{GRASS},10,0.2\n{TREES},10,0.2\n"
    _, apart = stock(tmp_path, two, halves())
    sd = apart.uncertainty.set_index(["quantity", "code"]).loc[("stock", ""), ["monte_carlo_sd", "propagated_sd"]]
    np.testing.assert_allclose(sd.astype(float), 3000 * 0.2 / math.sqrt(2), rtol=0.02)
    path = tmp_path / "both.csv"
    path.write_text("class,above,above_cv\ngrassland,10,0.2\n", encoding="utf-8")
    both = read_own_pools(path, legend("worldcover"))
    alike = [c for c in both.by_code if both.by_code[c]]
    assert len(alike) >= 1
    twin = OwnPools(
        {"1": {"above": 10.0}, "2": {"above": 10.0}}, (), "x", True, ("above",),
        dict.fromkeys(("1", "2"), both.ranges[alike[0]]),
    )  # fmt: skip
    rows = [load_factors((), twin.by_code, twin.ranges)[f"#{c}.above"] for c in ("1", "2")]
    np.testing.assert_array_equal(rows[0].draw(100, 1), rows[1].draw(100, 1))
    codes = np.full((10, 30), 90, np.uint8)
    codes[:5] = 95  # mangroves and herbaceous wetland, both wetland
    path.write_text("class,above,above_cv\nwetland,10,0.2\n", encoding="utf-8")
    land = write_cover(tmp_path / "wet.tif", codes)
    city = City(TOWNS.copy(), land, SinkSettings(draws=20_000), own_pools=read_own_pools(path, legend("worldcover")))
    told = (
        assess(city).uncertainty.set_index(["quantity", "code"]).loc[("stock", ""), ["monte_carlo_sd", "propagated_sd"]]
    )
    np.testing.assert_allclose(told.astype(float), 3000 * 0.2, rtol=0.02)


def test_what_has_no_range_is_named_with_its_tonnes_and_its_share(tmp_path: Path) -> None:
    text = f"lucode,c_above,c_above_cv,c_soil\n{GRASS},10,0.1,60\n{TREES},20,,30\n"
    city, found = stock(tmp_path, text, halves())
    bare = 150 * 60 + 150 * (20 + 30)
    told = found.uncertainty.set_index(["quantity", "code"])
    assert told.loc[("stock", ""), "unranged"] == pytest.approx(bare, rel=1e-6)
    assert told.loc["stock"]["unranged"].iloc[:-1].sum() == pytest.approx(bare, rel=1e-6)
    assert found.own_table["unranged_tc"].sum() == pytest.approx(bare, rel=1e-6)
    (note,) = [n for n in city.notes if "own carbon table" in n.text]
    assert f"{bare:,.1f} t C ({100 * bare / (bare + 1500):.1f} %)" in note.text
    assert "没有区间" in note.text_zh
    width = found.city["total_high_tc"] - found.city["total_low_tc"]
    assert width == pytest.approx(2 * Z95 * 150, rel=0.03)
    full, _ = stock(tmp_path, f"lucode,c_above,c_above_cv\n{GRASS},10,0.1\n")
    assert any("every value has a range" in n.text for n in full.notes)


def test_a_factor_of_one_s_own_without_a_range_is_named_too(tmp_path: Path) -> None:
    """300 ha of grassland whose soil is 50 t C/ha by a bare number of the region file; shipped factors have ranges."""
    land = write_cover(tmp_path / "land.tif", np.full((10, 30), GRASS, np.uint8))
    plain = City(TOWNS.copy(), land, SinkSettings(draws=200))
    (soil,) = assess(plain).sources.query("quantity == 'soil'")["id"]
    assert not any("have no range" in n.text for n in plain.notes)
    given = {"id": soil, "value": 50, "low": 50, "high": 50, "source": "plots"}
    city = City(TOWNS.copy(), land, SinkSettings(draws=200, own_factors=[given]))
    told = assess(city).uncertainty.set_index(["quantity", "code"])["unranged"]
    assert told["stock", ""] == pytest.approx(300 * 50, rel=1e-6)
    assert any("15,000.0 t C" in n.text and "have no range" in n.text for n in city.notes)


def test_a_class_that_is_gone_keeps_the_carbon_of_the_table(tmp_path: Path) -> None:
    """150 ha of shrub, none of it left, from 30 to 10 t C/ha above ground by the table, not by shipped factors."""
    city, found = stock(tmp_path, f"lucode,c_above,c_above_sd\n{GRASS},10,1\n20,30,3\n")
    before = np.full((10, 30), GRASS, np.uint8)
    before[:5] = 20
    city.landcover_before = write_cover(tmp_path / "then.tif", before, year=2015)
    table = assess_change(city, found).table.iloc[-1]
    assert table[["lookup_tc", "change_tc"]].tolist() == pytest.approx([-150 * 20] * 2, rel=1e-6)


def test_the_change_between_two_dates_carries_the_ranges_of_both_rows(tmp_path: Path) -> None:
    now = np.where(halves() == TREES, 20, GRASS).astype(np.uint8)
    city, found = stock(tmp_path, f"lucode,c_above,c_above_sd\n{GRASS},10,1\n20,30,3\n", now)
    before = now.copy()
    before[5:7] = 20
    city.landcover_before = write_cover(tmp_path / "then.tif", before, year=2015)
    table = assess_change(city, found).table.iloc[-1]
    assert table["change_tc"] == pytest.approx(-60 * 20, rel=1e-6)
    assert table["high_tc"] - table["low_tc"] == pytest.approx(2 * Z95 * 60 * math.sqrt(10), rel=0.03)


@pytest.mark.parametrize(
    ("head", "cells", "said"),
    [
        ("c_above_low", "8", "low and high"),
        ("c_above_low,c_above_high", "11,12", "lies outside"),
        ("c_above_low,c_above_high,c_above_sd", "8,12,1", "low, high, sd"),
        ("c_above_cv", "20", "a share"),
        ("c_above_sd", "-1", "negative"),
        ("c_above_sd", "many", "no number"),
        ("c_soil,low,high", "60,8,12", "range of one pool"),
    ],
)
def test_ranges_that_do_not_fit_are_refused(tmp_path: Path, head: str, cells: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        own(tmp_path, f"lucode,c_above,{head}\n{GRASS},10,{cells}\n")
    assert raised.value.in_language("zh") != str(raised.value)
