"""Everything is inside the page, and what is inside has a name, a licence and a hash."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import folium
import pytest

from guanghui.geo.errors import InputError
from guanghui.maps.offline import asset_path, asset_text, assets, inline

ASSETS = Path(asset_path("ASSETS.toml")).parent


def test_every_vendored_file_has_the_hash_that_is_written_down():
    written = {name: digest for asset in assets() for name, digest in asset.sha256.items()}
    found = {
        p.relative_to(ASSETS / "vendor").as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted((ASSETS / "vendor").rglob("*"))
        if p.is_file()
    }
    assert found == written


def test_every_asset_ships_its_licence_text():
    for asset in assets():
        assert asset.version
        assert asset.licence
        assert asset.licence_files
        for name in asset.licence_files:
            text = asset_text(f"vendor/{name}")
            assert "opyright" in text or "(C)" in text


def test_a_plain_folium_map_is_refused_by_what_is_not_vendored():
    page = folium.Map((29.2, 115.8), tiles=None).get_root().render()
    with pytest.raises(InputError, match="jquery"):
        inline(page)


def test_a_folium_map_that_asks_for_leaflet_alone_is_made_whole():
    view = folium.Map((29.2, 115.8), tiles=None)
    view.default_js, view.default_css = view.default_js[:1], [p for p in view.default_css if p[0] == "leaflet_css"]
    page = inline(view.get_root().render())
    assert "L.version" in page or 'version="1.9.4"' in page
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)


@pytest.mark.parametrize(
    "fragment",
    [
        '<img src="https://example.org/a.png">',
        "<iframe src='//example.org/'></iframe>",
        "<style>@import url(https://example.org/a.css);</style>",
        "<style>b{background:url(https://example.org/a.png)}</style>",
        '<link rel="stylesheet" href="https://example.org/a.css"/>',
        '<script src="https://example.org/a.js"></script>',
    ],
)
def test_an_unknown_address_stops_the_build_and_is_named(fragment: str):
    with pytest.raises(InputError, match=r"example\.org"):
        inline(f"<html><body>{fragment}</body></html>")


def test_a_link_to_follow_is_no_load():
    assert inline('<a href="https://example.org/">x</a>') == '<a href="https://example.org/">x</a>'


def test_pictures_of_a_style_sheet_become_data():
    page = inline('<link rel="stylesheet" href="asset:vendor/leaflet/leaflet.css">')
    assert "url(data:image/png;base64," in page
    assert "url(images/" not in page


def test_an_asset_outside_the_folder_does_not_exist():
    with pytest.raises(InputError):
        asset_path("../offline.py")


NEWER = (
    r"\basync\b|\bawait\b|\?\.[a-zA-Z(\[]|\?\?|\*\*|\.includes\(|\.padStart|Object\.(entries|values|fromEntries)"
    r"|\.flat\(|\{\s*\.\.\.|\.replaceAll|\.matchAll|\bimport\b|\bexport\b|\bfetch\("
)


@pytest.mark.parametrize("path", sorted((ASSETS / "js").glob("*.js")), ids=lambda p: p.stem)
def test_our_scripts_keep_to_es2015_and_make_no_markup_of_text(path: Path):
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.findall(NEWER, text)
    assert not re.findall("innerHTML|outerHTML|insertAdjacentHTML|document.write", text)


def test_a_browser_without_supports_shows_one_sentence(township_html: str):
    """Internet Explorer and its mode in Edge know no ``@supports``: without that rule the sentence covers the page."""
    sentence = re.search(r'<p id="old">([^<]+)<br>([^<]+)</p>', township_html)
    assert sentence is not None
    assert "IE 模式" in sentence[1]
    assert "not in IE mode" in sentence[2]
    assert "<script" not in township_html[sentence.start() : sentence.end()]
    styles = "".join(re.findall(r"<style>(.*?)</style>", township_html, re.DOTALL))
    hidden = re.search(r"@supports \(display: ?grid\) ?\{ ?#old ?\{ ?display: ?none;? ?\} ?\}", styles)
    assert hidden is not None
    assert "position: fixed" in styles[styles.index("#old {") : hidden.start()].replace(
        "position:fixed", "position: fixed"
    )
