"""Planted faults in made-up meters: found by hours, as far as months can by months, and none in sound ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.pv.energy.system import plane_power
from guanghui.pv.meters.hours import suspects_of_hours
from guanghui.pv.meters.index import find_faults
from guanghui.pv.meters.read import Metered, joined, read_meters
from guanghui.pv.settings import PvSettings
from tests.scenes import hourly_weather

DAYS = 730


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    """Two hourly years of an open plane, shape (days, 24) [kWh/kWp]; the second has its days shuffled by month."""
    w = hourly_weather()
    suns = w.suns(60.0)
    air = w.data["temp_air"].to_numpy(float)[suns.interval]
    wind = w.data["wind_speed"].to_numpy(float)[suns.interval]
    _, power = plane_power(suns, air, wind, 10.0, 180.0, rack=True, settings=PvSettings())
    one = np.bincount(suns.interval, power, 8760).reshape(365, 24)
    month = pd.date_range("2025-01-01", periods=365).month.to_numpy()
    rng, order = np.random.default_rng(0), np.arange(365)
    for m in range(1, 13):
        days = np.flatnonzero(month == m)
        order[days] = rng.permutation(days)
    return np.concatenate([one, 1.02 * one[order]])


def metered(clean: np.ndarray, fault: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """Measured and expected hours of one plant with a fault, and the day it begins."""
    expected = clean * rng.uniform(0.3, 3.0)
    m = expected * (1 + rng.normal(0, 0.04)) * (1 - 0.005 * np.arange(DAYS) / 365)[:, None]
    m = m * np.exp(rng.normal(0, 0.03, m.shape)) * np.exp(rng.normal(0, 0.02, DAYS))[:, None]
    start = int(rng.integers(120, DAYS - 150))
    on = np.arange(DAYS) >= start
    hour = np.arange(24)
    if fault == "string":
        m[on] *= 1 - 1 / rng.integers(4, 13)
    elif fault == "soiling":
        rate, dirt, rain = rng.uniform(0.003, 0.008), np.zeros(DAYS), rng.random(DAYS) < 1 / 12
        for d in range(start, DAYS):
            dirt[d] = 0.0 if rain[d] else min(dirt[d - 1] + rate, 0.3)
        m *= (1 - dirt)[:, None]
    elif fault == "new_shade":
        first = int(rng.choice([7, 8, 14, 15]))
        best = pd.DataFrame(expected).groupby(np.arange(DAYS) // 15).transform("max").to_numpy()
        clear = np.divide(expected, best, out=np.zeros_like(best), where=best > 0)
        winter = (0.75 + 0.25 * np.cos(2 * np.pi * np.arange(DAYS) / 365))[:, None]
        these = on[:, None] & ((hour >= first) & (hour < first + 3))[None, :]
        m = np.where(these, m * (1 - rng.uniform(0.3, 0.6) * clear * winter), m)
    elif fault == "curtailed":
        level = rng.uniform(0.45, 0.65) * expected.max()
        m = np.where(on[:, None] & ((hour >= 10) & (hour < 15))[None, :], np.minimum(m, level), m)
    elif fault == "clock":
        tail = np.roll(m[start:].ravel(), int(rng.choice([-1, 1])))
        m[start:] = tail.reshape(-1, 24)
    elif fault == "gap":
        m[start : start + 7 * int(rng.integers(2, 7))] = np.nan
    return m, expected, start


@pytest.mark.parametrize(
    ("fault", "least", "named"),
    [("string", 15, 15), ("soiling", 14, 14), ("new_shade", 13, 12), ("curtailed", 14, 14), ("clock", 15, 15)],
)
def test_hours_find_what_was_planted(clean: np.ndarray, fault: str, least: int, named: int) -> None:
    found = near = 0
    for seed in range(15):
        m, e, start = metered(clean, fault, np.random.default_rng(100 + seed))
        told = suspects_of_hours(m, e)
        found += bool(told)
        near += bool(told) and (told[0].fault == fault or (fault == "soiling" and told[0].fault == "string"))
        if fault in ("string", "clock") and told:
            assert abs(told[0].first_day - start) <= 20
    assert found >= least
    assert near >= named


def test_sound_meters_and_gaps_are_no_faults(clean: np.ndarray) -> None:
    false = [
        s
        for s in range(45)
        if suspects_of_hours(*metered(clean, "gap" if s % 3 == 0 else "none", np.random.default_rng(s))[:2])
    ]
    assert len(false) <= 1


def test_what_a_suspect_says_is_true_of_a_plain_case(clean: np.ndarray) -> None:
    m = clean.copy()
    m[300:] *= 0.8
    (told,) = suspects_of_hours(m, clean)
    assert (told.fault, told.first_day) == ("string", 300)
    assert told.size == pytest.approx(0.2, abs=0.02)
    m = clean.copy()
    m[300:, 10:14] = np.minimum(m[300:, 10:14], 0.5 * clean.max())
    (told,) = suspects_of_hours(m, clean)
    assert told.fault == "curtailed"
    assert set(told.hours) <= set(range(10, 14))
    m = clean.copy()
    m[300:] = np.roll(m[300:].ravel(), 1).reshape(-1, 24)
    (told,) = suspects_of_hours(m, clean)
    assert told.fault == "clock"
    assert told.size == pytest.approx(1.0, abs=0.05)
    assert suspects_of_hours(clean[:150], clean[:150]) == []


def as_meters(plants: dict[str, np.ndarray], *, hourly: bool) -> Metered:
    index = pd.date_range("2025-01-01", periods=DAYS * 24, freq="h")
    frame = pd.DataFrame({name: values.ravel() for name, values in plants.items()}, index)
    if hourly:
        return Metered(frame, True)
    month = frame.index.to_period("M").to_timestamp()
    return Metered(frame.groupby(month).sum(), False, frame.notna().groupby(month).sum())


def test_months_see_a_loss_and_its_month_but_no_clock(clean: np.ndarray) -> None:
    rng = np.random.default_rng(7)
    plants = {kind: metered(clean, kind, rng) for kind in ("string", "clock", "gap", "none")}
    months = as_meters({k: v[0] for k, v in plants.items()}, hourly=False)
    expected = as_meters({k: v[1] for k, v in plants.items()}, hourly=False)
    found = find_faults(months, expected.kwh)
    ill = found.suspects.set_index("plant")
    assert list(ill.index) == ["string", "gap"]
    assert ill.loc["string", "fault"] == "loss"
    began = pd.Timestamp("2025-01-01") + pd.Timedelta(days=plants["string"][2])
    assert abs((ill.loc["string", "since"] - began).days) <= 31
    assert ill.loc["gap", "fault"] == "gap"  # the meter was silent: no loss of the plant
    table = found.plants.set_index("plant")
    assert table.loc["gap", "index"] == pytest.approx(1.0, abs=0.1)
    sums = found.months.groupby("plant")["measured_kwh"].sum()
    assert table["measured_kwh"].to_dict() == pytest.approx(sums.to_dict())
    hours = find_faults(as_meters({k: v[0] for k, v in plants.items()}, hourly=True),
                        as_meters({k: v[1] for k, v in plants.items()}, hourly=True).kwh)  # fmt: skip
    assert hours.suspects.set_index("plant")["fault"].to_dict() == {"string": "string", "clock": "clock", "gap": "gap"}


def test_without_weather_neighbours_judge_and_few_of_them_say_nothing(clean: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    plants = {f"p{k}": metered(clean, "none", rng)[:2] for k in range(9)}
    ill = clean.copy()
    ill[400:] *= 0.75
    plants["ill"] = (ill, clean)
    off = np.repeat(np.exp(rng.normal(0, 0.1, 25)), 31)[:DAYS]  # a typical year: every month is off for all alike
    months = as_meters({k: v[0] * off[:, None] for k, v in plants.items()}, hourly=False)
    expected = as_meters({k: v[1] for k, v in plants.items()}, hourly=False)
    found = find_faults(months, expected.kwh, "neighbours")
    assert found.suspects["plant"].tolist() == ["ill"]
    assert set(found.plants["judged_by"]) == {"neighbours"}
    few = [c for c in months.kwh if c in ("p0", "ill")]
    alone = find_faults(Metered(months.kwh[few], False), expected.kwh[few], "neighbours")
    assert alone.suspects.empty
    assert set(alone.plants["judged_by"]) == {"none"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_tables_as_people_keep_them(tmp_path: Path, suffix: str) -> None:
    long = pd.DataFrame(
        {"电站": ["a", "a", "b"], "月份": ["2025年1月", "2025年2月", "2025年1月"], "发电量": ["1,000", "2000", "３０"]}
    )
    wide = pd.DataFrame({"time": ["2025-01-01 00:00", "2025-01-01 01:00"], "a": ["1", ""], "b": ["2", "3"]})
    for name, frame in (("long", long), ("wide", wide)):
        path = tmp_path / f"{name}{suffix}"
        frame.to_csv(path, index=False, encoding="gb18030") if suffix == ".csv" else frame.to_excel(path, index=False)
    got = read_meters(tmp_path / f"long{suffix}")
    assert not got.hourly
    assert got.kwh.loc["2025-01-01"].tolist() == [1000.0, 30.0]
    assert np.isnan(got.kwh.loc["2025-02-01", "b"])
    hours = read_meters(tmp_path / f"wide{suffix}")
    assert hours.hourly
    assert len(hours.kwh) == 24  # whole days
    assert hours.kwh["a"].dropna().tolist() == [1.0]
    ended = read_meters(tmp_path / f"wide{suffix}", stamp="end")
    assert ended.kwh["b"].first_valid_index() == pd.Timestamp("2024-12-31 23:00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plant,kwh\na,1\n", "no column of time"),
        ("time,plant,kwh\n2025-01,a,1\n2025-01,a,2\n", "twice"),
        ("time,plant,kwh\nyesterday,a,1\n", "is none"),
        ("time,plant,kwh\n2025-01,a,-1\n2025-02,a,2\n", "from 0 up"),
        ("time,plant,kwh\n2025-01-01,a,1\n2025-01-04,a,2\n", "neither hours"),
        ("month,a\n2025-01-01,1\n2025-01-31,2\n2025-03-01,2\n2025-04-01,2\n", "twice"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_meters(path)


def test_files_join_and_never_twice(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("month,plant,kwh\n2025-01,a,1\n2025-02,a,2\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("month,plant,kwh\n2025-02,b,3\n2025-03,b,4\n", encoding="utf-8")
    (tmp_path / "h.csv").write_text("time,b\n2025-01-01 00:00,3\n2025-01-01 01:00,3\n", encoding="utf-8")
    a, b, h = (read_meters(tmp_path / f"{n}.csv") for n in "abh")
    both = joined([a, b]).kwh
    assert both["a"].dropna().tolist() == [1.0, 2.0]
    assert both["b"].dropna().tolist() == [3.0, 4.0]
    with pytest.raises(InputError, match="two files"):
        joined([a, a])
    with pytest.raises(InputError, match="others months"):
        joined([a, h])
