"""Pages that show the results: one for each township, an index of the city, all of them complete in one file."""

from guanghui.maps.compare import compare_page
from guanghui.maps.document import save
from guanghui.maps.index import index_page
from guanghui.maps.irradiation import RoofIrradiation
from guanghui.maps.notebook import township
from guanghui.maps.page import township_page
from guanghui.maps.settings import MapSettings
from guanghui.maps.sinkview import at_hand
from guanghui.maps.static import save_map, static_map, static_maps
from guanghui.maps.works import works_page

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
