"""Money against NREL's System Advisor Model, where its Python package (``pip install nrel-pysam``) is installed."""

from __future__ import annotations

import numpy as np
import pytest

from guanghui.pv.programme.money import cash_flow
from tests.pv.test_economics import CASES

pytest.importorskip("PySAM", reason="nrel-pysam is not installed")


def _sam(
    capex: float, energy: float, price: float, opex: float, fall: float, rate: float, years: int
) -> tuple[float, float, float]:
    """Cash-loan model without debt, taxes, inflation or incentives: what a kWh replaces is bought at one price."""
    import PySAM.Cashloan
    import PySAM.Utilityrate5

    always = [[1] * 24] * 12
    system = {"analysis_period": years, "inflation_rate": 0, "degradation": [100 * fall], "gen": [energy / 8760] * 8760,
              "rate_escalation": [0], "system_use_lifetime_output": 0}  # fmt: skip
    bill = {"load": [3 * energy / 8760] * 8760, "load_escalation": [0], "ur_metering_option": 0, "ur_dc_enable": 0,
            "ur_ec_tou_mat": [[1, 1, 9.9e37, 0, price, price]], "ur_ec_sched_weekday": always,
            "ur_ec_sched_weekend": always, "ur_monthly_fixed_charge": 0, "ur_monthly_min_charge": 0,
            "ur_annual_min_charge": 0}  # fmt: skip
    money = {"total_installed_cost": capex, "om_fixed": [opex * capex], "om_fixed_escal": 0, "om_capacity": [0],
             "om_production": [0], "debt_fraction": 0, "real_discount_rate": 100 * rate, "federal_tax_rate": [0],
             "state_tax_rate": [0], "insurance_rate": 0, "salvage_percentage": 0, "property_tax_rate": 0,
             "itc_fed_percent": [0], "itc_sta_percent": [0]}  # fmt: skip
    tariff = PySAM.Utilityrate5.default("PVWattsCommercial")
    loan = PySAM.Cashloan.from_existing(tariff, "PVWattsCommercial")
    for key, value in {**system, **bill}.items():
        tariff.value(key, value)
    for key, value in {**system, **money}.items():
        loan.value(key, value)
    tariff.execute(0)
    loan.execute(0)
    return loan.Outputs.lcoe_nom / 100, loan.Outputs.npv, loan.Outputs.payback


@pytest.mark.parametrize("case", CASES)
def test_twenty_cases_equal_sam(case) -> None:
    capex, hours, price, opex, fall, rate, years = (float(v) for v in case)
    energy = capex / 3500 * hours * 1000
    lcoe, npv, payback = _sam(capex, energy, price, opex, fall, rate, int(years))
    found = cash_flow(np.array([capex]), np.array([energy]), np.array([price]), opex_share=opex, degradation=fall,
                      discount_rate=rate, life_years=int(years))  # fmt: skip
    assert found.lcoe_yuan_kwh[0] == pytest.approx(lcoe, rel=1e-3)
    assert found.npv_yuan[0] == pytest.approx(npv, rel=1e-3, abs=1e-6 * capex)
    if np.isfinite(found.payback_years[0]):
        assert found.payback_years[0] == pytest.approx(payback, rel=1e-3)
    else:
        assert not np.isfinite(payback)
