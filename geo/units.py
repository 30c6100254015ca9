"""Constants that more than one room needs, each once."""

from __future__ import annotations

from scipy.special import ndtri

__all__ = ["CO2_PER_C", "FOOT_M", "LEVEL", "MU_PER_HA", "Z95"]

FOOT_M = 0.3048
"""International foot [m]."""
CO2_PER_C = 44.0 / 12.0
"""Mass of carbon dioxide for a mass of carbon [1]."""
MU_PER_HA = 15.0
"""亩 in a hectare, exactly."""
LEVEL = 0.95
"""Every interval covers this share [1]."""
Z95 = float(ndtri((1 + LEVEL) / 2))
"""Standard deviations from the middle to either end [1]."""
