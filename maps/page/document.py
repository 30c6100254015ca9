"""The HTML document around a map: head with language, styles and scripts, data, start; the same bytes every time.

A page is a frame with its numbers put in. The frame (map, pictures, styles, scripts) takes nearly all the time and none
of its numbers, so it can be kept while prices change (:class:`Frame`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from branca.element import Element, Figure
from folium.template import Template
from markupsafe import escape

from guanghui.geo.files import atomic
from guanghui.maps.offline import asset_text, inline, lean
from guanghui.maps.page.layers import MapView
from guanghui.maps.words.i18n import words
from guanghui.maps.words.numbers import PLAN_UNITS, units_payload

__all__ = [
    "SCRIPTS",
    "STYLES",
    "Body",
    "Frame",
    "FrameOf",
    "html_document",
    "html_frame",
    "made",
    "save",
]

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
        *_MAP, "labels", "pixels", "rooflayer", "roofs", "filters", "months", "swipe", "select", "ruler", "list", "sun",
        "pvstage", "money", "whatif", "card", "roofsheet",
        "search", "panel-pv", "panel-sink", "frame",
    ),
    "overview": (*_MAP, "chart", "frame", "story"),
    "works": (*_MAP, "chart", "frame"),
    "compare": ("core", "address", "format", "panel", "legend", "frame"),
}  # fmt: skip
"""Function that starts a page -> script files it needs, in their order; the file of its own name comes last."""
_SCROLLS = {"overview", "works", "compare"}
_DATA = "<!--guanghui:data-->"
"""Where the data go; nothing that is not ours can write it, for ``<`` is escaped in titles and in data."""


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
        """Put the frame and what stands in this element into the document.

        Parameters
        ----------
        **kwargs : object
            What folium hands down; passed on to the elements inside.

        Returns
        -------
        str
            Empty: all of it stands in the document.
        """
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


def _script_json(data: Any) -> str:
    """JSON that may stand inside a script element, whatever text it holds.

    Parameters
    ----------
    data : object
        What JSON holds; numbers are finite.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=False)
    for char in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True)
class Frame:
    """A page without its data."""

    before: str
    """HTML up to the data."""
    after: str
    """HTML behind them."""
    parts: dict[str, Any]
    """What of the data stands on nothing but what the frame is drawn from."""

    def page(self, payload: Mapping[str, Any]) -> str:
        """Put data into the frame; words and units are added.

        Parameters
        ----------
        payload : mapping
            Data of the page.
        """
        data = {
            **payload,
            "words": {k: list(v) for k, v in words().items()},
            "units": units_payload(payload.get("page", {}).get("area_unit", "ha")),
            "plan_units": PLAN_UNITS,
        }
        text = f'<script type="application/json" id="guanghui-data">{_script_json(data)}</script>'
        return f"{self.before}{text}{self.after}"

    def texts(self) -> list[str]:
        """The frame as three texts, to be kept."""
        return [self.before, self.after, _script_json(self.parts)]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Frame:
        """Frame from what :meth:`texts` gave.

        Parameters
        ----------
        texts : sequence of str
            Before and after the data, and the parts as JSON.
        """
        before, after, parts = texts
        return cls(before, after, json.loads(parts))


FrameOf: TypeAlias = Callable[[Callable[[], Frame]], Frame]
"""Gives the frame of a page: made by what it is handed, or kept from an earlier time."""


def made(make: Callable[[], Frame]) -> Frame:
    """Make a frame, and keep none (:data:`FrameOf`).

    Parameters
    ----------
    make : callable
        Makes the frame.
    """
    return make()


def html_frame(
    view: MapView | Body, parts: Mapping[str, Any] | None = None, *, title: str, lang: str, start: str
) -> Frame:
    """Render a map into a self-contained page without its data.

    Parameters
    ----------
    view : MapView or Body
        Map with its layers, or the frame of a page without one.
    parts : mapping, optional
        Parts of the data that are kept with it.
    title : str
        Title of the window, untrusted.
    lang : str
        Language shown first.
    start : str
        Key of ``SCRIPTS``.

    Raises
    ------
    InputError
        If a layer asks for something that is not vendored.
    """
    document = Document(title, lang, start)
    document.add_child(view)
    view.add_child(_Contents(start))
    stable_ids(document)
    before, _, after = inline(document.render()).partition(_DATA)
    return Frame(before, after, dict(parts or {}))


def html_document(view: MapView | Body, payload: Mapping[str, Any], *, title: str, lang: str, start: str) -> str:
    """Render a map and its data into one page that loads nothing from anywhere.

    Parameters
    ----------
    view, title, lang, start
        As in :func:`html_frame`.
    payload : mapping
        Data of the page; words and units are added.

    Returns
    -------
    str
        HTML.
    """
    return html_frame(view, title=title, lang=lang, start=start).page(payload)


class _Contents(Element):
    """Puts styles, the place of the data and scripts behind what the map has put there, and starts the page."""

    def __init__(self, start: str) -> None:
        super().__init__()
        self._name = "Contents"
        self.start = start

    def render(self, **kwargs: Any) -> str:
        """Add everything to the document."""
        document, view = self.get_root(), self._parent
        for name in STYLES[self.start]:
            document.header.add_child(Raw(f"<style>\n{lean(asset_text(f'css/{name}.css'))}\n</style>"), name=name)
        document.html.add_child(Raw(f'<p id="old">{"<br>".join(words()["old_browser"])}</p>'), name="old")
        document.html.add_child(Raw(_DATA), name="data")
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
    """Write a page; it is either whole or absent.

    Parameters
    ----------
    html : str
        The whole page.
    path : pathlib.Path
        Where it goes, UTF-8.

    Returns
    -------
    pathlib.Path
        ``path``.
    """
    with atomic(path) as part:
        part.write_text(html, encoding="utf-8", newline="\n")
    return path
