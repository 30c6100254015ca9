"""Trust by weight: every tonne has a kind, a term is as good as its worst factor, shown figures are the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guanghui.maps.page.sinkview import carbon_facts, trust_shares
from guanghui.sinks import SinkSettings, assess, load_factors
from guanghui.sinks.factors.account import Lines
from guanghui.sinks.factors.coefficients import constant, of
from guanghui.sinks.factors.trust import DOUBTFUL, KINDS, kind_of, trust_table
from guanghui.sinks.settings import OwnFactorSetting
from tests.sinks.conftest import City

FACTORS = load_factors()
ONE = next(iter(FACTORS.values()))


def factor(region: str, mark: str, value: float = 1.0):
    return replace(ONE, id=f"{region}.{mark}.{value}", region=region, mark=mark, value=value)


@pytest.mark.parametrize(
    ("region", "mark", "code", "kind"),
    [
        ("Jiangxi", "V", "360482", "local"), ("Poyang Lake", "A", "360482", "local"),
        ("Zhejiang", "V", "360482", "elsewhere"), ("Zhejiang", "V", "330106", "local"),
        ("Yangtze estuary", "A", "320900", "local"), ("China", "V", "360482", "national"),
        ("world", "2", "360482", "abroad"), ("Zhejiang", "V", "", "abroad"), ("China", "V", "PT20", "abroad"),
        ("Jiangxi", "M", "360482", "unverified"), ("Jiangxi", "assumed", "360482", "assumed"),
        ("anywhere", "own", "", "own"),
    ],
)  # fmt: skip
def test_a_factor_has_the_kind_of_its_mark_and_place(region: str, mark: str, code: str, kind: str) -> None:
    assert kind_of(factor(region, mark), code) == kind


def test_every_place_of_the_tables_is_known() -> None:
    from guanghui.sinks.factors.trust import _places

    assert {f.region for f in FACTORS.values()} <= set(_places())


def test_a_line_is_shared_out_by_the_worst_factor_of_each_term() -> None:
    lines = Lines()
    lines.add(10, of(factor("Jiangxi", "V", 3.0)) + of(factor("Jiangxi", "V", 2.0), factor("China", "assumed", 0.5)),
              code="1")  # fmt: skip
    lines.add(-4, of(factor("Zhejiang", "V", 5.0)) + constant(5.0), code="2")
    found = trust_table({"stock": lines.account(["code"])}, {"1": "a", "2": "b", "": "all"}, "360482")
    share = found.pivot_table("share_pct", "code", "kind")
    assert share.loc["1", ["local", "assumed"]].tolist() == pytest.approx([75, 25])
    assert share.loc["2", ["elsewhere", "own"]].tolist() == pytest.approx([50, 50])
    assert share.loc["", "local"] == pytest.approx(100 * 30 / 80)  # 40 t gained and 40 t lost weigh the same
    np.testing.assert_allclose(found.groupby("code")["share_pct"].sum(), 100)


def test_shares_of_a_city_close_and_are_the_same_wherever_they_are_shown(city: City) -> None:
    city.code = "360482"
    stock = assess(city)
    sums = stock.trust.groupby(["quantity", "code"])[["amount_tc", "share_pct"]].sum()
    np.testing.assert_allclose(sums["share_pct"], 100)
    total = stock.table.set_index("code")["total_tc"]
    np.testing.assert_allclose(sums.loc["stock", "amount_tc"].reindex(total.index), total, rtol=1e-12)
    doubtful = stock.trust[stock.trust["doubtful"]].groupby(["quantity", "code"])["share_pct"].sum()
    facts = carbon_facts(stock)
    for code in total.index:
        shown = trust_shares(facts.loc[code])
        assert shown == pytest.approx({"stock": doubtful["stock", code], "sink": doubtful["change", code]})
    said = next(n for n in city.notes if n.source == "factors")
    assert f"{doubtful['stock', '']:.0f} % of the stock" in said.text
    assert set(DOUBTFUL) < set(KINDS)


def test_own_factors_lower_the_doubtful_share(city: City) -> None:
    before = assess(city).city["stock_doubtful_pct"]
    worst = pd.DataFrame(
        [(f.id, f.value) for f in FACTORS.values() if f.quantity in ("soil", "litter", "above", "below", "dead")],
        columns=["id", "value"],
    )
    own = tuple(OwnFactorSetting(id=i, value=v, low=v, high=v, source="plots") for i, v in worst.to_numpy())
    city.sinks = SinkSettings(own_factors=own)
    assert assess(city).city["stock_doubtful_pct"] < before - 20
