"""From which size on a number takes which word, how many digits it shows, exactly at the limits and beside them."""

from __future__ import annotations

import math

import pytest

from guanghui.maps.words.numbers import (
    PLAN_UNITS,
    UNITS,
    area_unit,
    areas_in,
    format_column,
    format_number,
    format_range,
    land_areas_in,
    units_payload,
)

LARGER = {
    ("kwh", "zh"): [(100_000_000, 100_000_000, "亿千瓦时"), (10_000, 10_000, "万千瓦时")],
    ("kwh", "en"): [(1_000_000, 1_000_000, "GWh"), (10_000, 1000, "MWh")],
    ("kwp", "zh"): [(1000, 1000, "MWp")],
    ("kwp", "en"): [(1000, 1000, "MWp")],
    ("m2", "zh"): [(1_000_000, 1_000_000, "平方公里"), (100_000, 10_000, "万平方米")],
    ("m2", "en"): [(1_000_000, 1_000_000, "km²")],
    ("ha", "zh"): [(100_000, 10_000, "万公顷")],
    ("ha", "en"): [(100_000, 1000, "1,000 ha")],
    ("mu", "zh"): [(100_000, 10_000, "万亩")],
    ("m3", "zh"): [(10_000, 10_000, "万立方米")],
    ("tc", "zh"): [(100_000, 10_000, "万吨碳")],
    ("tc", "en"): [(100_000, 1000, "kt C")],
    ("tco2", "zh"): [(100_000, 10_000, "万吨 CO₂")],
    ("tco2", "en"): [(100_000, 1000, "kt CO₂")],
    ("tco2e", "zh"): [(100_000, 10_000, "万吨 CO₂e")],
    ("tco2e", "en"): [(100_000, 1000, "kt CO₂e")],
    ("yuan", "zh"): [(100_000_000, 100_000_000, "亿元"), (10_000, 10_000, "万元")],
    ("yuan", "en"): [(1_000_000, 1_000_000, "million yuan")],
}
"""From this size on, how many of the plain unit the word is; below all of them stands the plain unit."""
DIGITS = {"count": 0, "roofs": 0, "modules": 0, "pieces": 0, "w": 0, "pct": 1, "kwh_m2": 0, "kwh_kwp": 0, "deg": 0,
          "m": 1}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit", sorted(UNITS))
def test_the_steps_of_a_unit(unit: str, lang: str) -> None:
    *larger, plain = (tuple(step) for step in UNITS[unit][lang])
    assert larger == LARGER.get((unit, lang), [])
    assert plain[:2] == (0, 1)
    assert UNITS[unit].get("digits") == DIGITS.get(unit)
    for start, size, word in larger:
        assert format_number(start, unit, lang).endswith(f" {word}")
        assert format_number(-start, unit, lang).startswith("-")
        assert not format_number(start * 0.999, unit, lang).endswith(f" {word}")
        assert format_number(3.21 * max(start, size), unit, lang) == f"{3.21 * max(start, size) / size:.3g} {word}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (99.94, "99.9"), (99.96, "100.0"), (100.0, "100"), (100.5, "101"), (10.0, "10.0"), (9.994, "9.99"),
        (1.0, "1.00"), (0.125, "0.13"), (0.005, "0.01"), (0.0049, "0"), (0.0, "0"), (-99.94, "-99.9"),
        (-0.0049, "0"), (-0.25, "-0.25"), (1234.5, "1,235"), (999.5, "1,000"), (-1234567.0, "-1,234,567"),
    ],
)  # fmt: skip
def test_three_digits_count(value: float, text: str) -> None:
    assert format_number(value, "years", "en") == f"{text} years"
    assert format_number(value, "years", "zh") == f"{text} 年"


@pytest.mark.parametrize(("value", "text"), [(-0.04, "0.0%"), (-0.06, "-0.1%"), (-10.0, "-10.0%"), (0.04, "0.0%")])
def test_nought_has_no_sign(value: float, text: str) -> None:
    assert format_number(value, "pct", "en") == text
    assert format_column([value, 1.0], "pct", "en")[1][0] == text.removesuffix("%")


def test_percent_and_degrees_stand_at_their_number() -> None:
    assert [format_number(v, u, "en") for v, u in ((5, "pct"), (5, "deg"), (5, "count"), (5, "m"))] == [
        "5.0%", "5°", "5", "5.0 m",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "figure", "text"),
    [
        (-5.0, 12.0, math.nan, "-5.0 ~ 12.0 t C"), (0.0, 12.0, math.nan, "0.0–12.0 t C"),
        (-200.0, 50.0, math.nan, "-200 ~ 50 t C"), (-2e5, 50.0, math.nan, "-200 ~ 0 kt C"),
        (95_000, 150_000, math.nan, "95–150 kt C"), (95_000, 150_000, 99_999.0, "95,000–150,000 t C"),
        (math.nan, 1, math.nan, "—"), (1, math.nan, math.nan, "—"), (1, math.inf, 1.0, "—"),
    ],
)  # fmt: skip
def test_an_interval_in_one_unit(low: float, high: float, figure: float, text: str) -> None:
    assert format_range(low, high, "tc", "en", figure=figure) == text


@pytest.mark.parametrize(
    ("values", "unit", "wanted"),
    [
        ([9000.0, 100.0], "kwp", ("MWp", ["9.00", "0.10"])),  # a tenth of the unit can still be read
        ([9000.0, 99.0], "kwp", ("kWp", ["9,000", "99"])),
        ([1000.0, 50.0], "years", ("years", ["1,000", "50"])),  # from a thousand on whole numbers
        ([999.0, 50.0], "years", ("years", ["999.0", "50.0"])),
        ([100.0, 1.0], "years", ("years", ["100", "1"])),  # a hundredth of the largest does not set the digits
        ([100.0, 0.4], "years", ("years", ["100", "0"])),
        ([100.0, 1.5], "years", ("years", ["100.00", "1.50"])),
        ([100.0, -1.5], "years", ("years", ["100.00", "-1.50"])),
        ([-100.0, 1.0], "years", ("years", ["-100", "1"])),
        ([0.05, 0.02], "kwh", ("kWh", ["0.05", "0.02"])),  # no unit is small enough: the plain one
        ([0.05, 0.02], "m2", ("m²", ["0.05", "0.02"])),
        ([0.0, 0.0], "years", ("years", ["0", "0"])),
        ([2e6, 3e5], "tc", ("kt C", ["2,000", "300"])),
        ([math.nan, math.inf, -math.inf], "tc", ("t C", ["—", "—", "—"])),
    ],
)
def test_a_column_at_its_limits(values: list[float], unit: str, wanted: tuple[str, list[str]]) -> None:
    assert format_column(values, unit, "en") == wanted


def test_units_of_plans_are_so_many_of_ours() -> None:
    assert PLAN_UNITS == {
        "亩": ("mu", 1), "GWh": ("kwh", 1_000_000), "m²": ("m2", 1), "m³": ("m3", 1), "个": ("pieces", 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2 ha", "30 mu"), ("2ha", "30mu"), ("2 公顷", "30 亩"), ("2公顷", "30亩"), ("0.25 ha", "3.75 mu"),
        ("1,200.5 ha and 3 ha", "18,007.5 mu and 45 mu"), ("4 t/ha", "4 t/ha"), ("5 ha⁻¹", "5 ha⁻¹"),
        ("6 hah", "6 hah"), ("2  ha", "2  ha"), ("100.0 ha", "1,500.0 mu"), ("A7 ha", "A7 ha"),
    ],
)  # fmt: skip
def test_hectares_of_a_sentence(text: str, want: str) -> None:
    assert land_areas_in(text, "mu") == want
    assert land_areas_in(text, "ha") == text


def test_the_unit_of_land_holds_inside_its_block_alone() -> None:
    assert area_unit() == "ha"
    with areas_in("mu"):
        assert area_unit() == "mu"
        assert format_number(7000.0, "ha", "zh") == "10.5 万亩"
        assert format_number(6666.0, "ha", "zh") == "99,990 亩"
        assert format_number(2.0, "kwp", "zh") == "2.00 kWp"
    assert area_unit() == "ha"
    with pytest.raises(ZeroDivisionError), areas_in("mu"):
        _ = 1 / 0
    assert area_unit() == "ha"


def test_the_page_gets_both_units_of_land() -> None:
    mu = [[pytest.approx(1e5 / 15), pytest.approx(1e4 / 15), "万亩"], [0, pytest.approx(1 / 15), "亩"]]
    ha = [[1e5, 1e4, "万公顷"], [0, 1, "公顷"]]
    plain, turned = units_payload(), units_payload("mu")
    assert (plain["ha"]["zh"], plain["other_area"]["zh"]) == (ha, mu)
    assert (turned["ha"]["zh"], turned["other_area"]["zh"]) == (mu, ha)
    assert (plain["pct"]["digits"], plain["kwh"]["digits"], plain["other_area"]["digits"]) == (1, None, None)
    assert plain["kwp"]["en"] == [[1000, 1000, "MWp"], [0, 1, "kWp"]]
    assert set(plain) == {*UNITS, "other_area"}
