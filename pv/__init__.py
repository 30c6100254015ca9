"""Rooftop photovoltaics: sun and sky, skylines, roof faces, energy, and the programme that builds them."""

from guanghui.pv.assessment.hours import Hours, hourly, hours
from guanghui.pv.assessment.skylines import skylines
from guanghui.pv.assessment.survey import Survey, assess, faces, layout, survey
from guanghui.pv.programme.phases import CoveragePlan, coverage_plan
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.normals import normals_table, weather_from_normals
from guanghui.pv.sun.sky import SkyTable, sky_table
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_files import read_weather

__all__ = [
    "CoveragePlan",
    "Hours",
    "PvSettings",
    "SkyTable",
    "Survey",
    "Weather",
    "assess",
    "coverage_plan",
    "faces",
    "hourly",
    "hours",
    "layout",
    "normals_table",
    "read_weather",
    "sky_table",
    "skylines",
    "survey",
    "weather_from_normals",
]
