"""Rooftop photovoltaics: sun and sky, skylines, roof faces, energy, and the programme that builds them."""

from guanghui.pv.assess import Survey, assess, faces, layout, survey
from guanghui.pv.coverage import CoveragePlan, coverage_plan
from guanghui.pv.normals import normals_table, weather_from_normals
from guanghui.pv.settings import PvSettings
from guanghui.pv.sky import SkyTable, sky_table
from guanghui.pv.weather import Weather
from guanghui.pv.weather_files import read_weather

__all__ = [
    "CoveragePlan",
    "PvSettings",
    "SkyTable",
    "Survey",
    "Weather",
    "assess",
    "coverage_plan",
    "faces",
    "layout",
    "normals_table",
    "read_weather",
    "sky_table",
    "survey",
    "weather_from_normals",
]
