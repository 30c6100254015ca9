"""How much of a figure rests on which trust: tonnes of carbon by the kind of factor behind them.

A count of doubtful factors says nothing of their weight. Here each line of an account is shared out over the kinds of
its terms; a term is only as good as its worst factor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd

from guanghui.data import read_table
from guanghui.sinks.factors.account import Account
from guanghui.sinks.factors.coefficients import Coefficient
from guanghui.sinks.factors.table import Factor

__all__ = ["DOUBTFUL", "KINDS", "kind_of", "trust_table"]

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "own": ("用户数据", "given by the user"),
    "local": ("本省文献", "measured in the province"),
    "national": ("全国文献", "national figure of China"),
    "elsewhere": ("外省文献", "measured in another province"),
    "abroad": ("国外或全球缺省", "measured abroad, or a global default"),
    "unverified": ("未核实", "unverified"),
    "assumed": ("假定", "assumed"),
})  # fmt: skip
"""Kinds of trust, the best first: key -> name in Chinese and English."""
DOUBTFUL = ("elsewhere", "abroad", "unverified", "assumed")
"""Kinds that are assumed or foreign to the province."""
_CODE = re.compile(r"[1-8]\d{5}(\d{3})*")


@lru_cache(maxsize=1)
def _places() -> Mapping[str, tuple[str, ...]]:
    table = read_table("legends", "factor_places.csv").fillna("").astype(str)
    provinces = (tuple(p for p in text.split(";") if p) for text in table["province"])
    return MappingProxyType(dict(zip(table["region"], provinces, strict=True)))


def kind_of(factor: Factor, city_code: str) -> str:
    """Kind of trust of a factor for a place.

    Parameters
    ----------
    factor : Factor
        With mark and region.
    city_code : str
        Administrative code of the city; one that is none of China makes every figure of China a foreign one.

    Returns
    -------
    str
        Key of :data:`KINDS`.
    """
    if factor.mark == "own":
        return "own"
    if factor.mark in ("assumed", "M"):
        return "assumed" if factor.mark == "assumed" else "unverified"
    where = _places().get(factor.region, ())
    if not _CODE.fullmatch(city_code.strip()):
        return "abroad"
    if not where:
        return "abroad"
    if "CN" in where:
        return "national"
    return "local" if city_code[:2] in where else "elsewhere"


def _shares(coefficient: Coefficient, city_code: str) -> dict[str, float]:
    """Share of each kind in a coefficient; terms count with their size, whatever their sign."""
    order = list(KINDS)
    sizes: dict[str, float] = {}
    for weight, factors in coefficient.parts:
        kinds = [kind_of(f, city_code) for f in factors] or ["own"]
        worst = max(kinds, key=order.index)
        sizes[worst] = sizes.get(worst, 0.0) + abs(weight * float(np.prod([f.value for f in factors])))
    whole = sum(sizes.values())
    return {kind: size / whole for kind, size in sizes.items()} if whole > 0 else {}


def trust_table(accounts: Mapping[str, Account], names: Mapping[str, str], city_code: str) -> pd.DataFrame:
    """Carbon by the kind of trust behind it, for every township and for all of them.

    Parameters
    ----------
    accounts : mapping
        Quantity (``stock``, ``change``) -> account with the key ``code``.
    names : mapping
        Code -> name, in order; the whole last, under its own code.
    city_code : str
        Administrative code of the city.

    Returns
    -------
    pandas.DataFrame
        ``quantity``, ``code``, ``name``, ``kind``, ``kind_zh``, ``kind_en``, ``doubtful``, ``amount_tc`` (size of the
        lines [t C] or [t C/yr]: a loss weighs as much as a gain) and ``share_pct`` of the quantity in the place.
    """
    *towns, whole = names
    out = []
    for quantity, account in accounts.items():
        used = sorted(account.lines["coefficient"].unique())
        table = pd.DataFrame({k: _shares(account.coefficients[k], city_code) for k in used}).T
        table = table.reindex(columns=list(KINDS)).fillna(0.0)
        size = np.abs(account.lines["amount"] * [account.coefficients[k].value for k in account.lines["coefficient"]])
        lines = table.reindex(account.lines["coefficient"]).to_numpy() * size.to_numpy(float)[:, None]
        sums = pd.DataFrame(lines, columns=list(KINDS)).groupby(account.lines["code"].to_numpy()).sum()
        sums = sums.reindex(towns, fill_value=0.0)
        sums.loc[whole] = sums.sum()
        long = sums.rename_axis("code").reset_index().melt("code", var_name="kind", value_name="amount_tc")
        long["share_pct"] = 100 * long["amount_tc"] / long["code"].map(sums.sum(axis=1)).where(lambda s: s > 0)
        out.append(long.assign(quantity=quantity))
    frame = pd.concat(out, ignore_index=True)
    frame["name"] = frame["code"].map(names)
    for place, label in enumerate(("kind_zh", "kind_en")):
        frame[label] = [KINDS[k][place] for k in frame["kind"]]
    frame["doubtful"] = frame["kind"].isin(DOUBTFUL)
    order = {code: i for i, code in enumerate(names)}
    rank = frame["kind"].map(list(KINDS).index), frame["code"].map(order), frame["quantity"] != "stock"
    frame = frame.iloc[np.lexsort(rank)]
    columns = ["quantity", "code", "name", "kind", "kind_zh", "kind_en", "doubtful", "amount_tc", "share_pct"]
    return frame[columns].reset_index(drop=True)
