"""Carbon sinks: stock, yearly change and greenhouse-gas balance of forest, wetland, farmland and green space."""

from sinks.ccer import afforestation, salt_marsh
from sinks.difference import CityChange, assess_change
from sinks.effect import WorksSurvey, works_effect
from sinks.factors import Factor, Factors, load_factors
from sinks.outlook import Outlook, outlook
from sinks.potential import planting_potential
from sinks.projection import afforestation_credits, baseline_of, project
from sinks.settings import SinkSettings
from sinks.stock import Stock, assess
from sinks.totals import OfficialTotals, from_totals, plan_totals

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
