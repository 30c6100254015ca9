"""The HTML document around a map: head with language, styles and scripts, data, start; the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from branca.element import Element, Figure
from folium.template import Template
from markupsafe import escape

from geo.files import atomic
from maps.i18n import words
from maps.layers import MapView
from maps.numbers import units_payload
from maps.offline import asset_text, inline

__all__ = ["SCRIPTS", "STYLES", "html_document", "save", "script_json"]

STYLES = ("tokens", "frame", "map", "panel", "print", "index")
SCRIPTS = (
    "core", "format", "unpack", "outlines", "rooflayer", "roofs", "layers", "months", "areas", "readout", "legend",
    "stage", "swipe", "pvstage", "card", "search", "panel", "panel-pv", "panel-sink", "chart", "frame", "story",
)  # fmt: skip


class Document(Figure):
    """Figure with a language and an escaped title; scripts stand inside the body."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.lang }}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{{ this.escaped_title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n"
        '<body class="{{ this.kind }}-page">\n{{ this.html.render(**kwargs) }}\n'
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, lang: str, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.lang = "zh-CN" if lang == "zh" else "en"
        self.escaped_title = str(escape(title))
        self.header._children.clear()


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


def html_document(view: MapView, payload: Mapping[str, Any], *, title: str, lang: str, start: str) -> str:
    """Render a map into one self-contained page.

    Parameters
    ----------
    view : MapView
        Map with its layers.
    payload : mapping
        Data of the page; words and units are added.
    title : str
        Title of the window, untrusted.
    lang : str
        Language shown first.
    start : str
        Script file below ``assets/js`` whose function of the same name starts the page.

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
        for name in STYLES:
            document.header.add_child(Raw(f"<style>\n{asset_text(f'css/{name}.css').strip()}\n</style>"), name=name)
        data = {**self.payload, "words": {k: list(v) for k, v in words().items()}, "units": units_payload()}
        document.html.add_child(
            Raw(f'<script type="application/json" id="guanghui-data">{script_json(data)}</script>'), name="data"
        )
        files = ("vendor/pako/pako_inflate.es5.min.js", *(f"js/{name}.js" for name in (*SCRIPTS, self.start)))
        for name in files:
            document.html.add_child(Raw(f'<script src="asset:{name}"></script>'), name=name)
        document.script.add_child(Raw(f"Guanghui.{self.start}({view.get_name()});"), name="start")
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
