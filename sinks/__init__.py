"""Carbon sinks: stock, yearly change and greenhouse-gas balance of forest, wetland, farmland and green space."""

from guanghui.sinks.ccer import afforestation, salt_marsh
from guanghui.sinks.difference import CityChange, assess_change
from guanghui.sinks.effect import WorksSurvey, works_effect
from guanghui.sinks.factors import Factor, Factors, load_factors
from guanghui.sinks.outlook import Outlook, outlook
from guanghui.sinks.potential import planting_potential
from guanghui.sinks.projection import afforestation_credits, baseline_of, project
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.stock import Stock, assess
from guanghui.sinks.totals import OfficialTotals, from_totals, plan_totals

__all__ = [
    "CityChange",
    "Factor",
    "Factors",
    "OfficialTotals",
    "Outlook",
    "SinkSettings",
    "Stock",
    "WorksSurvey",
    "afforestation",
    "afforestation_credits",
    "assess",
    "assess_change",
    "baseline_of",
    "from_totals",
    "load_factors",
    "outlook",
    "plan_totals",
    "planting_potential",
    "project",
    "salt_marsh",
    "works_effect",
]
