"""Optional tiles below the map. Every page works without; with tiles from elsewhere it needs a network."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import folium

from guanghui.geo.errors import InputError
from guanghui.maps.settings import MapSettings

__all__ = ["KEY_VARIABLE", "Tiles", "add_tiles", "tiles_for"]

KEY_VARIABLE = "TIANDITU_KEY"
"""Environment variable that holds the user's own key; it is written into the page."""
_TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_LABELS = {"vec": "cva", "img": "cia", "ter": "cta"}
_SHIFTED = ("autonavi", "amap", "gaode", "qq.com", "gtimg", "baidu", "bdimg")


@dataclass(frozen=True)
class Tiles:
    """One layer of tiles."""

    address: str
    """Leaflet template with {z}, {x}, {y}."""
    subdomains: str
    attribution: str


def tiles_for(settings: MapSettings) -> tuple[Tiles, ...]:
    """Tile layers the settings ask for, bottom first; none by default.

    Parameters
    ----------
    settings : MapSettings
        ``basemap`` is ``none``, ``tianditu`` or an address with {z}, {x} and {y} (a folder beside the page is one).

    Raises
    ------
    InputError
        No key for Tianditu, an address without its blanks, tiles that are shifted against the ground (GCJ-02, BD-09).
    """
    name = settings.basemap.strip()
    if name == "none":
        return ()
    if name == "tianditu":
        key = os.environ.get(KEY_VARIABLE, "").strip()
        if not re.fullmatch(r"[0-9A-Za-z]{8,64}", key):
            raise InputError(
                f'[maps] basemap = "tianditu" needs your own key in the environment variable {KEY_VARIABLE}; '
                "it will be readable in the pages.",
                f"[maps] basemap = tianditu 需要在环境变量 {KEY_VARIABLE} 中给出密钥；密钥在网页中可见。",
            )
        layers = settings.tianditu, _LABELS[settings.tianditu]
        return tuple(Tiles(_TIANDITU.format(layer=layer, key=key), "01234567", "天地图 Tianditu") for layer in layers)
    if any(word in name.lower() for word in _SHIFTED):
        raise InputError(
            f'[maps] basemap = "{name}": tiles of this provider are in GCJ-02 or BD-09 and lie up to 700 m beside the '
            "roofs; use tianditu or tiles in Web Mercator without a shift.",
            f"[maps] basemap = {name}：该瓦片为 GCJ-02 或 BD-09，与屋顶相差可达 700 米；"
            "请用 tianditu 或无偏移的 Web Mercator 瓦片。",
        )
    if not all(blank in name for blank in ("{z}", "{x}", "{y}")) or re.search(r"[\s\"'<>`\\]", name):
        raise InputError(
            f'[maps] basemap = "{name}" is neither "none" nor "tianditu" nor an address with {{z}}, {{x}} and {{y}}, '
            'such as "tiles/{z}/{x}/{y}.png".',
            f"[maps] basemap = {name} 既不是 none、tianditu，"
            f"也不是含 {{z}}、{{x}}、{{y}} 的地址，如 tiles/{{z}}/{{x}}/{{y}}.png。",
        )
    return (Tiles(name, "abc", ""),)


def add_tiles(tiles: tuple[Tiles, ...], group: folium.FeatureGroup) -> None:
    """Put tile layers into a group.

    Parameters
    ----------
    tiles : tuple of Tiles
        Layers, lowest first.
    group : folium.FeatureGroup
        Layer of the page that holds them.
    """
    for one in tiles:
        folium.TileLayer(
            one.address, attr=one.attribution or " ", subdomains=one.subdomains, max_native_zoom=18, max_zoom=20,
            pane="base", control=False, overlay=True,
        ).add_to(group)  # fmt: skip
