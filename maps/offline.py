"""Put every script and style inside the page, and refuse what is not vendored."""

from __future__ import annotations

import base64
import mimetypes
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from folium.folium import _default_css, _default_js

from guanghui.geo.errors import InputError, listing

__all__ = ["SCHEME", "Asset", "asset_path", "asset_text", "assets", "inline"]

SCHEME = "asset:"
"""A page names our own files and the vendored ones as ``asset:vendor/leaflet/leaflet.js``."""
_ROOT = Path(__file__).parent / "assets"
_SCRIPT = re.compile(r"<script\b[^>]*?\bsrc\s*=\s*[\"']([^\"']*)[\"'][^>]*>\s*</script>", re.IGNORECASE)
_LINK = re.compile(r"<link\b[^>]*?\bhref\s*=\s*[\"']([^\"']*)[\"'][^>]*>", re.IGNORECASE)
_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)[\"']?\s*\)")
_LOADS = re.compile(
    r"<(?:script|link|img|iframe|source|video|audio|object|embed|base)\b[^>]*?\b(?:src|href|data)\s*=\s*[\"']?"
    r"((?:https?:)?//[^\"'\s>]+)|@import\s+(?:url\()?[\"']?([^\"';)]+)|url\(\s*[\"']?((?:https?:)?//[^\"')]+)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*/\*.*?\*/", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"\n\s+")
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


@dataclass(frozen=True)
class Asset:
    """Work of others that ships with the package."""

    name: str
    version: str
    licence: str
    use: str
    licence_files: tuple[str, ...]
    sha256: Mapping[str, str]
    """File below ``assets/vendor`` -> hash."""


@lru_cache(maxsize=1)
def assets() -> tuple[Asset, ...]:
    """What is vendored, from ``assets/ASSETS.toml``."""
    table = tomllib.loads(asset_text("ASSETS.toml"))
    return tuple(
        Asset(**{**row, "licence_files": tuple(row["licence_files"]), "sha256": MappingProxyType(row["sha256"])})
        for row in table["asset"]
    )


def asset_path(name: str) -> Path:
    """Path of a file below ``maps/assets``.

    Parameters
    ----------
    name : str
        Path below ``maps/assets``, with slashes.

    Raises
    ------
    InputError
        If nothing of that name ships.
    """
    path = _ROOT / name
    if not path.is_file() or _ROOT not in path.resolve().parents:
        raise InputError(f"maps: no file {name!r} ships with the map pages.", f"maps：地图页没有随附文件 {name!r}。")
    return path


@lru_cache(maxsize=128)
def asset_text(name: str) -> str:
    """Text of a file below ``maps/assets``.

    Parameters
    ----------
    name : str
        Path below ``maps/assets``, with slashes.

    Returns
    -------
    str
        Lines end with a line feed alone.

    Raises
    ------
    InputError
        If nothing of that name ships.
    """
    return asset_path(name).read_text(encoding="utf-8").replace("\r\n", "\n")


@lru_cache(maxsize=1)
def _known() -> Mapping[str, str]:
    """URLs folium writes by itself for what we vendor -> our file."""
    urls = dict(_default_js), dict(_default_css)
    return {urls[0]["leaflet"]: "vendor/leaflet/leaflet.js", urls[1]["leaflet_css"]: "vendor/leaflet/leaflet.css"}


def lean(text: str) -> str:
    """A script or style of ours without comments of their own and indents; nothing in them hangs on either."""
    return _INDENT.sub("\n", _COMMENT.sub("", text)).strip()


def _resolve(url: str) -> str:
    name = url.removeprefix(SCHEME) if url.startswith(SCHEME) else _known().get(url)
    if name is None:
        raise InputError(
            f"map page: {url} is not vendored, so the page would not open without a network; "
            "leave out the plugin that asks for it or put the file into maps/assets.",
            f"地图页：{url} 未随附，断网时页面打不开；请去掉该插件或将文件放入 maps/assets。",
        )
    return name


@lru_cache(maxsize=32)
def _script(name: str) -> str:
    text = _SOURCE_MAP.sub("", asset_text(name)).strip()
    if not name.startswith("vendor/"):
        text = lean(text)
    if "</script" in text.lower():
        raise InputError(
            f"maps: {name} holds a closing script tag and cannot be put inside a page.",
            f"maps：{name} 含有 script 结束标签，不能放入页面。",
        )
    return f"<script>\n{text}\n</script>"


@lru_cache(maxsize=32)
def _style(name: str) -> str:
    folder = name.rpartition("/")[0]

    def data_url(match: re.Match[str]) -> str:
        target = match.group(1)
        if target.startswith(("data:", "#")):
            return match.group(0)
        path = asset_path(f"{folder}/{target}")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return f"url(data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')})"

    return f"<style>\n{_CSS_URL.sub(data_url, asset_text(name)).strip()}\n</style>"


def inline(html: str) -> str:
    """Replace every script and style a page asks for by the vendored text.

    Parameters
    ----------
    html : str
        Page as folium renders it.

    Returns
    -------
    str
        The same page; nothing in it is loaded from elsewhere.

    Raises
    ------
    InputError
        If the page asks for something that is not vendored; every such address is named.
    """
    page = _SCRIPT.sub(lambda m: _script(_resolve(m.group(1))), html)
    page = _LINK.sub(lambda m: _style(_resolve(m.group(1))), page)
    left = sorted({next(g for g in found if g) for found in _LOADS.findall(page)})
    if left:
        raise InputError(
            f"map page: it would load {listing(left)}, which is not vendored; leave that out.",
            f"地图页：将加载未随附的 {listing(left)}；请去掉。",
        )
    return page
