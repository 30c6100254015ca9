"""Run it: region file, pipeline, tables, manifest and command line."""

from plan.region import Region
from plan.region import open_region as open

__all__ = ["Region", "open"]
