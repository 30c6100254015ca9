"""Carbon sinks: stock, yearly change and greenhouse-gas balance of forest, wetland, farmland and green space."""

from sinks.factors import Factor, Factors, load_factors
from sinks.settings import SinkSettings
from sinks.stock import Stock, assess

__all__ = ["Factor", "Factors", "SinkSettings", "Stock", "assess", "load_factors"]
