from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.pv.energy.spread import interval_ends, quantile, spread_of, township_spread


def city(count: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame({"yield_kwh": rng.lognormal(10, 1, count), "lod": rng.choice(["surface", "outline"], count),
                         "township_code": rng.choice(["1", "2", "3"], count)}).assign(
                             township=lambda f: "镇" + f["township_code"])  # fmt: skip


def test_ninety_percent_intervals_hold_ninety_percent_of_the_truth() -> None:
    """For a roof, a township and the city, against 6,000 drawn worlds with shared and single errors."""
    roofs = city()
    spread = spread_of(roofs, illustrative_weather=True)
    energy = roofs["yield_kwh"].to_numpy()
    town = roofs["township_code"].astype(int).to_numpy() - 1
    rng = np.random.default_rng(2)
    shared = 1 + spread.common * rng.standard_normal((6000, 1))
    truth = energy * (shared + spread.independent * rng.standard_normal((6000, len(energy))))
    for groups in (np.arange(len(energy)), town, np.zeros(len(energy), dtype=int)):
        sums = np.stack([truth[:, groups == g].sum(axis=1) for g in np.unique(groups)], axis=1)
        low, high = (quantile(energy, spread.common, spread.independent, q, groups) for q in (0.95, 0.05))
        inside = ((sums >= low) & (sums <= high)).mean()
        assert inside == pytest.approx(0.90, abs=0.02)
        above = (sums >= quantile(energy, spread.common, spread.independent, 0.9, groups)).mean()
        assert above == pytest.approx(0.90, abs=0.02)


def test_errors_of_single_roofs_average_out_and_shared_ones_do_not() -> None:
    energy, one = np.full(10_000, 1000.0), np.zeros(10_000, dtype=int)
    assert quantile(energy, 0.0, 0.2, 0.9, one)[0] == pytest.approx(1e7 * (1 - 1.2816 * 0.2 / 100), rel=1e-5)
    assert quantile(energy, 0.05, 0.0, 0.9, one)[0] == pytest.approx(1e7 * (1 - 1.2816 * 0.05), rel=1e-5)


def test_the_city_is_surer_than_its_townships() -> None:
    roofs = city()
    table = township_spread(roofs, spread_of(roofs, illustrative_weather=False))
    towns, total = table.iloc[:-1], table.iloc[-1]
    assert towns["p50_kwh"].sum() == pytest.approx(total["p50_kwh"])
    assert towns["p90_kwh"].sum() < total["p90_kwh"] < total["p50_kwh"]


def test_illustrative_weather_and_outlines_are_less_sure() -> None:
    roofs = city()
    made, given = (spread_of(roofs, illustrative_weather=w) for w in (True, False))
    assert made.common > given.common
    outline = (roofs["lod"] == "outline").to_numpy()
    assert made.independent[outline].min() > made.independent[~outline].max()


def test_the_interval_is_95_percent_by_its_own_number() -> None:
    """1.96 standard deviations, written out: no constant of ours stands on both sides."""
    low, high = interval_ends(1000.0, 30.0**2, 0.04)
    assert high - 1000.0 == pytest.approx(1.959964 * 50.0, rel=1e-6)
    assert 1000.0 - low == pytest.approx(1.959964 * 50.0, rel=1e-6)


def test_what_the_weather_file_tells_of_itself_goes_into_p90() -> None:
    """Terms add in variance: the file's own spread replaces the assumed one, a gap that does not close is added."""
    roofs = pd.DataFrame({"lod": ["surface"]})
    plain = spread_of(roofs, illustrative_weather=False)
    rows = plain.sources.set_index("item")["value"]
    roofs.attrs["weather_sd"] = {"year": 0.06, "closure": 0.03}
    told = spread_of(roofs, illustrative_weather=False)
    assert told.common**2 == pytest.approx(plain.common**2 - rows["weather_year"] ** 2 + 0.06**2 + 0.03**2)
    assert {"weather_closure"} == set(told.sources["item"]) - set(plain.sources["item"])
