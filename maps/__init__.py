"""Pages that show the results: one for each township, an index of the city, all of them complete in one file."""

from guanghui.maps.city.compare import compare_page
from guanghui.maps.city.index import index_page
from guanghui.maps.notebook import township
from guanghui.maps.page.document import save
from guanghui.maps.page.irradiation import RoofIrradiation
from guanghui.maps.page.roof_months import RoofMonths, roof_months
from guanghui.maps.page.sinkview import load_stock
from guanghui.maps.page.sun import RoofSky
from guanghui.maps.page.township import township_page
from guanghui.maps.page.whatif import WhatIf
from guanghui.maps.page.works import works_page
from guanghui.maps.pictures.static import save_map, static_map, static_maps
from guanghui.maps.settings import MapSettings

__all__ = [
    "MapSettings",
    "RoofIrradiation",
    "RoofMonths",
    "RoofSky",
    "WhatIf",
    "compare_page",
    "index_page",
    "load_stock",
    "roof_months",
    "save",
    "save_map",
    "static_map",
    "static_maps",
    "township",
    "township_page",
    "works_page",
]
