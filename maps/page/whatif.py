"""What a page needs to appraise roofs anew with other prices: the prices of the study and its module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from guanghui.maps.page.pack import Packer
from guanghui.pv.programme.money import Prices

__all__ = ["WhatIf", "whatif_payload"]

_SHARE_SCALE = 10_000
_NEEDED = ("capacity_kwp", "yield_kwh", "capex_yuan", "self_use_share", "building_class")


@dataclass(frozen=True)
class WhatIf:
    """What the study assumed; the page starts from it and shows what other values would give."""

    prices: Prices
    module_w: float
    """Power of one module [W]."""


def whatif_payload(packer: Packer, roofs: pd.DataFrame, study: WhatIf | None) -> dict[str, Any] | None:
    """Pack the self-use of the roofs and return the prices.

    Parameters
    ----------
    packer : Packer
        Receives ``self_use_share``, in ten thousandths.
    roofs : pandas.DataFrame
        Roofs of the page.
    study : WhatIf, optional
        Prices and module of the study.

    Returns
    -------
    dict or None
        Arguments of :func:`pv.programme.money.cash_flow` and :func:`pv.programme.money.appraise` by their names, and
        ``module_w``; None where there are no prices or no money of roofs.
    """
    if study is None or any(column not in roofs for column in _NEEDED):
        return None
    packer.numbers("self_use_share", roofs["self_use_share"].to_numpy(float), scale=_SHARE_SCALE)
    prices = study.prices
    return {
        "module_w": study.module_w,
        "capex_kwp": [float(v) for v in prices.capex_kwp],
        "capex_yuan_w": [float(v) for v in prices.capex_yuan_w],
        "opex_share": prices.opex_share,
        "degradation": prices.degradation,
        "discount_rate": prices.discount_rate,
        "life_years": prices.life_years,
        "feed_in_yuan_kwh": prices.feed_in_yuan_kwh,
        "retail_yuan_kwh": {k: float(v) for k, v in prices.retail_yuan_kwh.items()},
    }
