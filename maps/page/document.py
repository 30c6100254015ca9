"""The HTML document around a map: head with language, styles and scripts, data, start; the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from branca.element import Element, Figure
from folium.template import Template
from markupsafe import escape

from guanghui.geo.files import atomic
from guanghui.maps.offline import asset_text, inline, lean
from guanghui.maps.page.layers import MapView
from guanghui.maps.words.i18n import words
from guanghui.maps.words.numbers import PLAN_UNITS, units_payload

__all__ = ["SCRIPTS", "STYLES", "Body", "html_document", "save", "script_json"]

_STYLES = ("tokens", "frame", "map", "panel", "print")
STYLES = {
    "township": _STYLES,
    "overview": (*_STYLES, "index"),
    "works": (*_STYLES, "index", "works"),
    "compare": (*_STYLES, "index", "compare"),
}
"""Function that starts a page -> style files it needs."""
_MAP = ("core", "address", "format", "unpack", "outlines", "layers", "areas", "readout", "legend", "stage", "panel")
SCRIPTS = {
    "township": (
        *_MAP, "labels", "rooflayer", "roofs", "months", "swipe", "select", "list", "sun", "pvstage", "money",
        "whatif", "card", "roofsheet",
        "search", "panel-pv", "panel-sink", "frame",
    ),
    "overview": (*_MAP, "chart", "frame", "story"),
    "works": (*_MAP, "chart", "frame"),
    "compare": ("core", "address", "format", "panel", "legend", "frame"),
}  # fmt: skip
"""Function that starts a page -> script files it needs, in their order; the file of its own name comes last."""
_SCROLLS = {"overview", "works", "compare"}


class Document(Figure):
    """Figure with a language and an escaped title; scripts stand inside the body."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.lang }}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{{ this.escaped_title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n"
        '<body class="{{ this.kind }}">\n{{ this.html.render(**kwargs) }}\n'
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, lang: str, kind: str) -> None:
        super().__init__()
        self.kind = f"{kind}-page scrolls" if kind in _SCROLLS else f"{kind}-page"
        self.lang = "zh-CN" if lang == "zh" else "en"
        self.escaped_title = str(escape(title))
        self.header._children.clear()


class Body(Element):
    """Frame of a page without a map.

    Parameters
    ----------
    frame : str
        HTML. A file of ours, never data.
    """

    def __init__(self, frame: str) -> None:
        super().__init__()
        self._name = "Body"
        self.frame = frame

    def render(self, **kwargs: Any) -> str:
        """Put the frame and what stands in this element into the document."""
        document = self.get_root()
        document.html.add_child(Raw(self.frame), name="frame")
        document.script.add_child(Raw("Guanghui.readData();"), name="read")
        for child in self._children.values():
            child.render(**kwargs)
        return ""


class Raw(Element):
    """Text that goes into the page as it is; a template never reads it, so data cannot be taken for one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Raw"
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text."""
        return self.text


def script_json(data: Any) -> str:
    """JSON that may stand inside a script element, whatever text it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=False)
    for char in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


def html_document(view: MapView | Body, payload: Mapping[str, Any], *, title: str, lang: str, start: str) -> str:
    """Render a map into one self-contained page.

    Parameters
    ----------
    view : MapView or Body
        Map with its layers, or the frame of a page without one.
    payload : mapping
        Data of the page; words and units are added.
    title : str
        Title of the window, untrusted.
    lang : str
        Language shown first.
    start : str
        Key of ``SCRIPTS``.

    Returns
    -------
    str
        HTML that loads nothing from anywhere.

    Raises
    ------
    InputError
        If a layer asks for something that is not vendored.
    """
    document = Document(title, lang, start)
    document.add_child(view)
    view.add_child(_Contents(payload, start))
    stable_ids(document)
    return inline(document.render())


class _Contents(Element):
    """Puts styles, data and scripts behind what the map has put there, and starts the page."""

    def __init__(self, payload: Mapping[str, Any], start: str) -> None:
        super().__init__()
        self._name = "Contents"
        self.payload, self.start = payload, start

    def render(self, **kwargs: Any) -> str:
        """Add everything to the document."""
        document, view = self.get_root(), self._parent
        for name in STYLES[self.start]:
            document.header.add_child(Raw(f"<style>\n{lean(asset_text(f'css/{name}.css'))}\n</style>"), name=name)
        area = self.payload.get("page", {}).get("area_unit", "ha")
        data = {
            **self.payload,
            "words": {k: list(v) for k, v in words().items()},
            "units": units_payload(area),
            "plan_units": PLAN_UNITS,
        }
        document.html.add_child(
            Raw(f'<script type="application/json" id="guanghui-data">{script_json(data)}</script>'), name="data"
        )
        packed = ("vendor/pako/pako_inflate.es5.min.js",) if "unpack" in SCRIPTS[self.start] else ()
        for name in (*packed, *(f"js/{name}.js" for name in (*SCRIPTS[self.start], self.start))):
            document.html.add_child(Raw(f'<script src="asset:{name}"></script>'), name=name)
        name = view.get_name() if isinstance(view, MapView) else ""
        document.script.add_child(Raw(f"Guanghui.{self.start}({name});"), name="start")
        return ""


def stable_ids(root: Element) -> None:
    """Number all elements in their order, so that the same page has the same bytes."""
    pending, number = [root], 0
    while pending:
        element = pending.pop()
        number += 1
        element._id = f"{number:04d}"
        pending.extend(reversed(element._children.values()))


def save(html: str, path: Path) -> Path:
    """Write a page; it is either whole or absent."""
    with atomic(path) as part:
        part.write_text(html, encoding="utf-8", newline="\n")
    return path
