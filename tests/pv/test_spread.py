from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.data import read_table
from guanghui.pv.energy.spread import additive, interval_ends, quantile, spread_of, township_spread


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


def test_common_errors_add_as_they_are_and_single_ones_as_squares() -> None:
    """Closed forms: all common, the deviations add; all own, their squares; of unequal parts likewise."""
    energy, zero = np.array([100.0, 300.0, 50.0]), np.zeros(3, dtype=int)
    part = np.array([0.05, 0.10, 0.20])
    assert energy.sum() - quantile(energy, part, 0.0, 0.9, zero)[0] == pytest.approx(1.2815516 * (5 + 30 + 10))
    own = np.sqrt(5.0**2 + 30.0**2 + 10.0**2)
    assert energy.sum() - quantile(energy, 0.0, part, 0.9, zero)[0] == pytest.approx(1.2815516 * own)
    rows = pd.DataFrame({"yield_kwh": energy, "yield_sd_kwh": energy * part, "yield_common": part})
    sums = additive(rows).sum()
    assert sums["yield_common_kwh"] == pytest.approx(45.0)
    assert sums["yield_squares"] == pytest.approx(own**2)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_intervals_hold_where_forms_are_assumed_in_a_part_of_the_region(share: float) -> None:
    """8,000 worlds in which the form errs on some roofs only; the interval of the city holds 88-92 % of them."""
    rng = np.random.default_rng(8)
    roofs = city(300)
    drawn = rng.random(len(roofs)) < share
    roofs["lod"] = np.where(drawn, "outline", "surface")
    roofs["form_sd"], roofs["form_common"] = np.where(drawn, 0.25, np.nan), np.where(drawn, 0.06, np.nan)
    spread = spread_of(roofs, illustrative_weather=False)
    energy = roofs["yield_kwh"].to_numpy()
    all_share = spread.shared[~drawn].min() if (~drawn).any() else 0.0
    form = np.sqrt(np.maximum(spread.shared**2 - all_share**2, 0.0)) if all_share else spread.shared
    normal = rng.standard_normal((8000, 2))
    truth = energy * (1 + all_share * normal[:, :1] + form * normal[:, 1:]
                      + spread.independent * rng.standard_normal((8000, len(energy))))  # fmt: skip
    one = np.zeros(len(energy), dtype=int)
    low, high = (quantile(energy, spread.shared, spread.independent, q, one)[0] for q in (0.95, 0.05))
    total = truth.sum(axis=1)
    inside = ((total >= low) & (total <= high)).mean()
    assert inside >= 0.88
    assert inside <= (0.92 if share in (0.0, 1.0) else 0.94)  # common parts of two kinds add as if they were one


def test_heights_and_stations_that_are_not_sure_cost_what_the_table_says() -> None:
    table = read_table("factors", "uncertainty.csv")
    roofs = pd.DataFrame(
        {"lod": ["outline", "outline", "surface"], "height_source": ["measured", "assumed", "assumed"]}
    )
    spread = spread_of(roofs, illustrative_weather=False)
    row = table[(table["applies"] == "outline_assumed")].set_index("kind")["value"]
    assert spread.shared[1] ** 2 == pytest.approx(spread.shared[0] ** 2 + row["common"] ** 2)
    assert spread.independent[1] ** 2 == pytest.approx(spread.independent[0] ** 2 + row["independent"] ** 2)
    assert spread.shared[2] == spread.shared[0]
    roofs.attrs["weather_sd"] = {"station_km": 150.0}
    far = spread_of(roofs, illustrative_weather=False)
    assert far.shared[0] ** 2 == pytest.approx(spread.shared[0] ** 2 + 0.03**2)


def test_the_model_terms_add_up_to_what_was_measured() -> None:
    """Transposition, temperature and losses: the 3 % of Jakubiec and Reinhart."""
    table = read_table("factors", "uncertainty.csv").set_index("item")["value"]
    parts = table[["transposition", "temperature_model", "losses"]]
    assert float(np.sqrt((parts**2).sum())) == pytest.approx(0.03, abs=1e-4)
