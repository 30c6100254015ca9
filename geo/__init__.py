"""Where things are: projections, grids, rasters, outlines and townships, checked and brought together."""

from guanghui.geo.buildings import BUILDING_CLASSES, read_buildings
from guanghui.geo.crs import lonlat_bounds, metric_crs, same_crs
from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic, safe_name
from guanghui.geo.grid import Grid, cell_area_m2
from guanghui.geo.notes import Note, Notes
from guanghui.geo.raster import from_numpy, on_grid, open_raster, write_cog
from guanghui.geo.raster_source import RasterSource, raster_source
from guanghui.geo.townships import assign_townships, read_townships, select_townships
from guanghui.geo.vector import ellipsoid_area_m2, read_layer, write_gpkg, write_parquet

__all__ = [
    "BUILDING_CLASSES",
    "Grid",
    "InputError",
    "Note",
    "Notes",
    "RasterSource",
    "assign_townships",
    "atomic",
    "cell_area_m2",
    "ellipsoid_area_m2",
    "from_numpy",
    "lonlat_bounds",
    "metric_crs",
    "on_grid",
    "open_raster",
    "raster_source",
    "read_buildings",
    "read_layer",
    "read_townships",
    "safe_name",
    "same_crs",
    "select_townships",
    "write_cog",
    "write_gpkg",
    "write_parquet",
]
