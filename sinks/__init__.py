"""Carbon sinks: stock, yearly change and greenhouse-gas balance of forest, wetland, farmland and green space."""

from guanghui.sinks.factors.lookup import PoolTable, lookup, read_pool_table
from guanghui.sinks.factors.table import Factor, Factors, load_factors
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.stock import Stock, assess
from guanghui.sinks.totals import OfficialTotals, from_totals, plan_totals
from guanghui.sinks.years.ccer import afforestation, salt_marsh
from guanghui.sinks.years.change import table_change
from guanghui.sinks.years.difference import CityChange, assess_change
from guanghui.sinks.years.effect import WorksSurvey, works_effect
from guanghui.sinks.years.ledger import Ledger, ledger
from guanghui.sinks.years.outlook import Outlook, outlook
from guanghui.sinks.years.potential import planting_potential
from guanghui.sinks.years.projection import afforestation_credits, baseline_of, project

__all__ = [
    "CityChange",
    "Factor",
    "Factors",
    "Ledger",
    "OfficialTotals",
    "Outlook",
    "PoolTable",
    "SinkSettings",
    "Stock",
    "WorksSurvey",
    "afforestation",
    "afforestation_credits",
    "assess",
    "assess_change",
    "baseline_of",
    "from_totals",
    "ledger",
    "load_factors",
    "lookup",
    "outlook",
    "plan_totals",
    "planting_potential",
    "project",
    "read_pool_table",
    "salt_marsh",
    "table_change",
    "works_effect",
]
