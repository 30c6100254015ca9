"""Pages that show the results: one for each township, an index of the city, all of them complete in one file."""

from maps.compare import compare_page
from maps.document import save
from maps.index import index_page
from maps.irradiation import RoofIrradiation
from maps.notebook import township
from maps.page import township_page
from maps.settings import MapSettings
from maps.sinkview import at_hand
from maps.static import save_map, static_map, static_maps
from maps.works import works_page

__all__ = [
    "MapSettings",
    "RoofIrradiation",
    "at_hand",
    "compare_page",
    "index_page",
    "save",
    "save_map",
    "static_map",
    "static_maps",
    "township",
    "township_page",
    "works_page",
]
