"""A measured roof in Turin beside this engine: two years of hours against the typical year of the place, by month.

``python -m benchmarks.turin`` needs ``turin.xlsx`` (giumonros/Measured-vs-simulated-PV, MIT) and ``tmy45.csv`` (PVGIS
typical year of 45.0° N 8.0° E, pvlib's test data) in ``../shared/cases/grid-meter``. The roof looks to 206°, 26° steep;
what stands around it nobody has told, so ours is the open plane.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.common import REAL, last_line, table
from guanghui.geo.units import Z95
from guanghui.pv.energy.spread import spread_of
from guanghui.pv.energy.system import plane_power
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather_files import read_weather

FOLDER = REAL.parent / "cases" / "grid-meter"
TILT, AZIMUTH, YEARS = 26.0, 206.0, (2019, 2020)


def measured(year: int) -> np.ndarray:
    """By month [kWh/kWp]."""
    sheet = pd.read_excel(FOLDER / "turin.xlsx", sheet_name=f"Turin{year}")
    power = pd.to_numeric(sheet[sheet.columns[-1]], errors="coerce")
    month = pd.to_datetime(sheet["Time"], errors="coerce").dt.month
    return power.groupby(month).sum().to_numpy(float)


def expected(rack: bool) -> np.ndarray:
    """The open plane of this engine with its own losses [kWh/kWp by month]."""
    weather = read_weather(FOLDER / "tmy45.csv")
    suns = weather.suns(10.0)
    air, wind = (weather.data[c].to_numpy(float)[suns.interval] for c in ("temp_air", "wind_speed"))
    _, power = plane_power(suns, air, wind, TILT, AZIMUTH, rack=rack, settings=PvSettings())
    return np.bincount(suns.month, power * suns.hours, 12)


def main() -> None:
    """Print months, years and the interval of a single year."""
    if not FOLDER.is_dir():
        print("the measured roof is not at hand")
        last_line(turin_pct=None)
        return
    roof, rack = expected(rack=False), expected(rack=True)
    seen = {year: measured(year) for year in YEARS}
    one = pd.DataFrame({"lod": ["surface"], "yield_kwh": [roof.sum()]})
    spread = spread_of(one, illustrative_weather=False)
    sd = float(np.hypot(spread.common, spread.independent[0]))
    rows = [[m + 1, *(round(v[m], 1) for v in (*seen.values(), roof, rack))] for m in range(12)]
    rows.append(["year", *(round(v.sum()) for v in (*seen.values(), roof, rack))])
    table("Turin, kWh/kWp", ["month", *map(str, YEARS), "ours, on a roof", "ours, on a rack"], rows)
    mean = np.mean([v.sum() for v in seen.values()])
    low, high = roof.sum() * (1 - Z95 * sd), roof.sum() * (1 + Z95 * sd)
    dark = [10, 11]
    gap = roof[dark].sum() - np.mean([v[dark].sum() for v in seen.values()])
    rest = 100 * ((roof.sum() - roof[dark].sum()) / (mean - roof[dark].sum() + gap) - 1)
    print(
        print(
            f"\n  95 % of ours: {low:.0f} to {high:.0f}; {gap:.0f} kWh/kWp less were measured in November and December;"
        )
    )
    print(f"  the other ten months {rest:+.1f} %")
    inside = all(low <= v.sum() <= high for v in seen.values())
    last_line(turin_pct=float(100 * (roof.sum() / mean - 1)), turin_rest_pct=float(rest), turin_inside=inside)


if __name__ == "__main__":
    main()
