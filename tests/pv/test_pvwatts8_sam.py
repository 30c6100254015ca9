"""The table of PVWatts figures against NREL's System Advisor Model, where ``nrel-pysam`` is installed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from guanghui.pv.energy.electric import loss_factor
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather import Weather
from tests.pv.test_pvwatts8 import SAM
from tests.scenes import hourly_weather

pytest.importorskip("PySAM", reason="nrel-pysam is not installed")


def sam_year(weather: Weather, case: pd.Series, path: Path) -> tuple[float, float]:
    """Plane irradiation [kWh/m²] and AC [kWh/kWp]; the middle of an hour is half past in SAM, so its zone is moved."""
    import PySAM.Pvwattsv8

    data, index = weather.data, pd.DatetimeIndex(weather.data.index)
    shift = (30 - index[0].minute) / 60
    clock = index + pd.Timedelta(hours=shift)
    zone = index[0].utcoffset().total_seconds() / 3600 + shift
    hours = pd.DataFrame({"Year": 1999, "Month": clock.month, "Day": clock.day, "Hour": clock.hour,
                          "GHI": data["ghi"].to_numpy(), "DNI": data["dni"].to_numpy(), "DHI": data["dhi"].to_numpy(),
                          "Tdry": data["temp_air"].to_numpy(), "Wspd": data["wind_speed"].to_numpy()})  # fmt: skip
    head = "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation\n"
    place = f"x,1,x,x,x,{weather.latitude},{weather.longitude},{zone},{weather.altitude}\n"
    path.write_text(head + place + hours.to_csv(index=False), encoding="utf-8")
    model = PySAM.Pvwattsv8.default("PVWattsNone")
    system = {"solar_resource_file": str(path), "system_capacity": 1000, "dc_ac_ratio": 1.2, "inv_eff": 96,
              "array_type": 0 if case["mount"] == "rack" else 1, "tilt": float(case["surface_tilt"]),
              "azimuth": float(case["surface_azimuth"]), "losses": 100 * (1 - loss_factor(PvSettings())),
              "module_type": 1, "gcr": 0.01, "bifaciality": 0}  # fmt: skip
    for key, value in system.items():
        model.value(key, value)
    model.execute()
    return sum(model.Outputs.poa) / 1e3, sum(model.Outputs.ac) / 1e6


def test_the_table_is_what_sam_says(tmp_path: Path) -> None:
    weather = hourly_weather()
    for _, case in SAM[SAM["place"] == "synthetic"].iterrows():
        poa, ac = sam_year(weather, case, tmp_path / "hours.csv")
        assert poa == pytest.approx(case["poa_kwh_m2"], abs=0.02)
        assert ac == pytest.approx(case["ac_kwh_kwp"], abs=0.02)
