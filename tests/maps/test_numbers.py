"""Numbers for people."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanghui.maps.words.numbers import UNITS, format_column, format_number, format_range


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0, "kwh", "0 千瓦时", "0 kWh"),
        (8234.4, "kwh", "8,234 千瓦时", "8,234 kWh"),
        (12_345, "kwh", "1.23 万千瓦时", "12.3 MWh"),
        (301e6, "kwh", "3.01 亿千瓦时", "301 GWh"),
        (634.2, "kwp", "634 kWp", "634 kWp"),
        (19_500, "kwp", "19.5 MWp", "19.5 MWp"),
        (4.56, "pct", "4.6%", "4.6%"),
        (178_673_700, "yuan", "1.79 亿元", "179 million yuan"),
        (-0.001, "tco2", "0 吨 CO₂", "0 t CO₂"),
        (-1234.5, "tco2", "-1,235 吨 CO₂", "-1,235 t CO₂"),
        (math.nan, "kwh", "—", "—"),
        (math.inf, "m2", "—", "—"),
        (2.5, "count", "3", "3"),
    ],
)
def test_known_numbers(value: float, unit: str, zh: str, en: str):
    assert format_number(value, unit, "zh") == zh
    assert format_number(value, unit, "en") == en


def test_ranges_share_one_unit():
    assert format_range(58_400, 92_800, "tc", "zh") == "58,400–92,800 吨碳"
    assert format_range(95_000, 128_000, "tc", "zh") == "9.5–12.8 万吨碳"
    assert format_range(math.nan, 1, "tc") == "—"


@given(st.floats(-1e12, 1e12), st.sampled_from(sorted(UNITS)), st.sampled_from(["zh", "en"]))
def test_the_written_number_is_the_number_to_its_digits(value: float, unit: str, lang: str):
    text = format_number(value, unit, lang)
    steps = UNITS[unit][lang]
    divisor = next(s[1] for s in steps if abs(value) >= s[0])
    number = float(
        text.removesuffix(next(s[2] for s in steps if abs(value) >= s[0])).strip().replace(",", "").removesuffix("%")
    )
    tolerance = max(
        0.5 * 10.0 ** -(UNITS[unit].get("digits") or 0) if "digits" in UNITS[unit] else abs(value / divisor) * 5e-3,
        5e-3,
    )
    assert abs(number - value / divisor) <= tolerance * 1.0001 + math.ulp(number)


MULTIPLES = {
    "亿千瓦时": 1e8, "万千瓦时": 1e4, "GWh": 1e6, "MWh": 1e3, "MWp": 1e3, "平方公里": 1e6, "km²": 1e6, "万平方米": 1e4,
    "万公顷": 1e4, "1,000 ha": 1e3, "万亩": 1e4,
    "万立方米": 1e4, "万吨碳": 1e4, "kt C": 1e3,
    "万吨 CO₂": 1e4, "kt CO₂": 1e3,
    "万吨 CO₂e": 1e4, "kt CO₂e": 1e3, "亿元": 1e8, "万元": 1e4, "million yuan": 1e6,
}  # fmt: skip
"""What a word is of its plain unit, by the dictionary; all others are that unit."""
PLAIN = {"座", "roofs", "块", "modules", "千瓦时", "kWh", "kWp", "个", "", "瓦", "W", "平方米", "m²", "公顷",
         "ha", "亩", "mu",
         "立方米", "m³", "吨碳", "t C", "吨 CO₂", "t CO₂", "吨 CO₂e", "t CO₂e",
         "吨碳/公顷", "t C/ha", "元", "yuan", "元/千瓦时",
         "yuan/kWh", "年", "years", "%", "千瓦时/平方米", "kWh/m²", "小时", "kWh/kWp", "°", "米", "m"}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit", sorted(UNITS))
def test_number_and_word_together_are_the_amount(unit: str, lang: str):
    for value in (0.0, 3.0, 47.0, 998.0, 4_000.0, 23_456.0, 345_678.0, 5_678_901.0, 8.9e8, -2_345.0, -3.2e6):
        text = format_number(value, unit, lang)
        number, word = re.fullmatch(r"(-?[\d,]+(?:\.\d+)?) ?(.*)", text).groups()
        assert word in MULTIPLES or word in PLAIN, text
        size = MULTIPLES.get(word, 1.0)
        assert float(number.replace(",", "")) * size == pytest.approx(value, rel=6e-3, abs=0.5), text
        assert abs(value) >= size * 0.999 or size == 1.0, text  # never 0.03 of a large unit


@pytest.mark.parametrize(
    ("values", "unit", "lang", "wanted"),
    [
        ([3.3e3, 682e3], "kwp", "zh", ("MWp", ["3", "682"])),
        ([682e3, 33e3], "kwp", "zh", ("MWp", ["682.0", "33.0"])),
        ([6082.0, 5.3, -12.7], "ha", "zh", ("公顷", ["6,082", "5", "-13"])),
        ([2759096.0, 532.0], "tc", "zh", ("万吨碳", ["276", "0"])),
        ([2.82e8, 5.1e6], "kwh", "zh", ("万千瓦时", ["28,200", "510"])),
        ([12.34, math.nan], "pct", "en", ("%", ["12.3", "—"])),
        ([], "kwh", "en", ("kWh", [])),
        ([0.0, math.inf], "tco2", "zh", ("吨 CO₂", ["0", "—"])),
    ],
)
def test_a_column_has_one_unit_and_the_same_digits(values, unit, lang, wanted):
    assert format_column(values, unit, lang) == wanted


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.sampled_from(sorted(UNITS)), st.sampled_from(["zh", "en"]))
def test_a_column_is_right_to_its_digits(values: list[float], unit: str, lang: str):
    name, texts = format_column(values, unit, lang)
    most = max(map(abs, values))
    divisor = next(s[1] for s in UNITS[unit][lang] if s[2] == name)
    assert len({len(text.partition(".")[2]) for text in texts}) == 1
    assert name in {s[2] for s in UNITS[unit][lang]}
    for value, text in zip(values, texts, strict=True):
        slack = 0.5 * 10.0 ** -len(text.partition(".")[2])
        assert abs(float(text.replace(",", "")) - value / divisor) <= slack + 1e-6 * max(most / divisor, 1e-3)
