from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanghui.geo.errors import InputError
from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.land.reconcile import reconcile
from tests.sinks.conftest import City


def strata(*volumes: float) -> pd.DataFrame:
    return pd.DataFrame({"code": [f"t{i % 3}" for i in range(len(volumes))], "raw_volume_m3": volumes})


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=30), st.floats(0.51, 1.99))
def test_the_official_total_is_met_and_the_pattern_kept(volumes: list[float], factor: float) -> None:
    raw = strata(*volumes)
    official = factor * raw["raw_volume_m3"].sum()
    out = reconcile(raw, official_m3=official)
    assert out["volume_m3"].sum() == pytest.approx(official, rel=1e-9)
    ratio = out["volume_m3"] / out["raw_volume_m3"]
    assert ratio.max() == pytest.approx(ratio.min(), rel=1e-12)


def test_townships_with_their_own_total_are_met_first() -> None:
    out = reconcile(strata(100, 100, 100), official_m3=360, by_township_m3={"t1": 150})
    assert out["volume_m3"].tolist() == pytest.approx([105, 150, 105])


@pytest.mark.parametrize("official", [49.0, 201.0])
def test_factors_outside_half_and_double_need_a_yes(official: float) -> None:
    with pytest.raises(InputError, match=r"outside 0\.5-2.*accept_factor"):
        reconcile(strata(50, 50), official_m3=official)
    assert reconcile(strata(50, 50), official_m3=official, accept=True)["volume_m3"].sum() == pytest.approx(official)


def test_totals_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="sum to"):
        reconcile(strata(100, 100, 100), official_m3=300, by_township_m3={"t0": 100, "t1": 100, "t2": 120})
    with pytest.raises(InputError, match="no township t9"):
        reconcile(strata(100), by_township_m3={"t9": 100})
    with pytest.raises(InputError, match="no forest for it"):
        reconcile(strata(0.0), official_m3=100)


def test_the_city_is_reconciled_and_says_so(city: City) -> None:
    """90 ha of forest at 46.5 m³/ha by default; the inventory says 3,200 m³ and 30 % cover."""
    city.sinks = SinkSettings(standing_volume_m3=3200, forest_cover_pct=30.0, species_mix={"masson_pine": 1.0})
    r = assess(city).reconciliation
    volume, cover = (r.summary.loc[n] for n in ("standing_volume", "forest_area"))
    assert volume["official"] == 3200
    assert volume["reconciled"] == pytest.approx(3200, rel=1e-9)
    assert volume["factor"] == pytest.approx(3200 / volume["raw"], rel=1e-12)
    assert (cover["raw"], cover["official"], cover["factor"]) == (
        pytest.approx(90),
        pytest.approx(90),
        pytest.approx(1),
    )
    assert r.methods.loc["bef", "after_tc"] == pytest.approx(3200 * 0.33198 * 0.508 / 0.5, rel=1e-3)
    assert r.methods.loc["fang", "after_tc"] == pytest.approx(0.508 * (0.5034 * 3200 + 20.547 * 90), rel=1e-6)
    assert r.methods["chosen"].tolist() == [True, False]
    assert r.reason_zh
    assert r.reason_en


def test_a_cover_the_map_cannot_have_is_refused(city: City) -> None:
    city.sinks = SinkSettings(forest_cover_pct=75.0)
    with pytest.raises(InputError, match="forest cover"):
        assess(city)
    city.sinks = SinkSettings(forest_cover_pct=75.0, accept_factor=True)
    assert assess(city).reconciliation.summary.loc["forest_area", "factor"] == pytest.approx(2.5)


def test_township_volumes_are_met(city: City) -> None:
    totals = {"000001001": 2000.0, "000001002": 1600.0}
    city.sinks = SinkSettings(township_volume_m3=totals)
    table = assess(city).table.set_index("code")["volume_m3"]
    assert {c: table[c] for c in totals} == pytest.approx(totals, rel=1e-9)
