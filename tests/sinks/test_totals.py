from __future__ import annotations

import pytest

from guanghui.geo.errors import InputError
from guanghui.sinks.factors.table import OwnFactor, load_factors
from guanghui.sinks.totals import OfficialTotals, from_totals, plan_totals


def test_the_five_plans_without_a_raster() -> None:
    plans = plan_totals()
    assert [p.name for p in plans.values()] == ["共青城市", "瑞金市", "蓉江新区", "盐城市", "江西省"]
    half = [OwnFactor("forest.conifer.carbon_fraction", 0.5, 0.5, 0.5, "as in the published figures")]
    gong = from_totals(plans["360482"], factors=load_factors(half))
    assert gong.loc["bef", "biomass_tc"] == pytest.approx(106e3, rel=0.005)
    assert gong.loc["fang", "biomass_tc"] == pytest.approx(167e3, rel=0.005)
    ruijin = from_totals(plans["360781"])
    assert ruijin.loc["bef", "volume_m3_ha"] == pytest.approx(70, abs=1)
    assert 20 < ruijin.loc["bef", "tc_ha"] < 35
    jiangxi = from_totals(plans["360000"])
    assert 366e6 < jiangxi.loc["bef", "biomass_tc"] < 460e6
    rongjiang = from_totals(plans["360703R"])
    assert rongjiang.index.tolist() == ["bef"]  # no area, so no b x hectares
    yancheng = from_totals(plans["320900"])
    assert (yancheng["volume_source"] == "default").all()
    for frame in (gong, ruijin, jiangxi, rongjiang, yancheng):
        assert (frame["low_tc"] < frame["biomass_tc"]).all()
        assert (frame["biomass_tc"] < frame["high_tc"]).all()
        assert (frame["growth_tc_yr"] > 0).all()
        assert frame["biomass_co2_t"].tolist() == pytest.approx((frame["biomass_tc"] * 44 / 12).tolist(), rel=1e-14)


def test_a_default_volume_is_less_certain_than_an_official_one() -> None:
    official = from_totals(OfficialTotals("x", 1000, 50, 25_000)).loc["bef"]
    default = from_totals(OfficialTotals("x", 1000, 50)).loc["bef"]
    width = [(r["high_tc"] - r["low_tc"]) / r["biomass_tc"] for r in (official, default)]
    assert width[1] > width[0]


def test_nothing_comes_from_nothing() -> None:
    with pytest.raises(InputError, match="standing volume"):
        from_totals(OfficialTotals("x", area_ha=100.0))
