"""A Word document a bureau can edit: styles, headings, captions that count, tables with header rows, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from guanghui.geo.files import atomic, fix_zip_dates
from guanghui.geo.text import plain_text

__all__ = ["Brief", "BriefTable", "Column"]

_LATIN, _CHINESE = "Arial", "Microsoft YaHei"
_INK, _QUIET, _MARK = RGBColor(0x1C, 0x2B, 0x2E), RGBColor(0x66, 0x75, 0x7A), RGBColor(0xB4, 0x53, 0x0A)
_HEAD_FILL, _TOTAL_FILL, _NOTE_FILL, _RULE = "E4F0E6", "F3F3EE", "FDF1DC", "CFD2CA"
_WIDE_CM = 16.6
_SIZES = {
    "Normal": 10.5,
    "Title": 20,
    "Subtitle": 10.5,
    "Heading 1": 15,
    "Heading 2": 12,
    "Caption": 9,
    "List Bullet": 10.5,
}
_LONGEST = 400


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    head: str
    """May have a unit on a second line."""
    texts: Sequence[str]
    wide: float = 1.0
    """Share of the width."""
    number: bool = True
    """Numbers stand at the right."""


@dataclass(frozen=True)
class BriefTable:
    """A table with its caption."""

    title: str
    columns: Sequence[Column]
    total: bool = False
    """The last row is a sum."""


@dataclass
class Brief:
    """A document on its way.

    Parameters
    ----------
    lang : str
        ``zh`` or ``en``: language of the words a caption counts with, and of the spelling check.
    words : tuple of str
        Word before the number of a table and of a figure.
    """

    lang: str
    words: tuple[str, str]
    document: Any = field(default_factory=Document)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm((21.0 - _WIDE_CM) / 2)
        section.top_margin, section.bottom_margin = Cm(2.3), Cm(2.0)
        section.header_distance = section.footer_distance = Cm(1.1)
        for name, size in _SIZES.items():
            _style(self.document.styles[name], size, self.lang)
        core = self.document.core_properties
        core.author = core.last_modified_by = "Guanghui"
        core.comments = ""
        core.created = core.modified = datetime(2000, 1, 1)
        core.language = "zh-CN" if self.lang == "zh" else "en"

    # --- frame
    def frame(self, title: str, mark: str, foot: str, pages: str) -> None:
        """Header with title and mark, footer with a line and the page number.

        Parameters
        ----------
        title, mark, foot : str
            Text.
        pages : str
            With ``{page}`` and ``{pages}``.
        """
        section = self.document.sections[0]
        head, below = section.header.paragraphs[0], section.footer.paragraphs[0]
        self.document.core_properties.title = plain_text(title, 200)
        for paragraph in (head, below):
            paragraph.style = self.document.styles["Normal"]
            paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(_WIDE_CM), WD_TAB_ALIGNMENT.RIGHT)
        _run(head, plain_text(title, 60), size=9, colour=_QUIET)
        _run(head, f"\t{plain_text(mark)}", size=9, colour=_MARK, bold=True)
        _rule(head, "bottom")
        _run(below, f"{plain_text(foot, 70)}\t", size=8.5, colour=_QUIET)
        before, _, rest = pages.partition("{page}")
        between, _, after = rest.partition("{pages}")
        _run(below, before, size=8.5, colour=_QUIET)
        _field(below, "PAGE", "1", 8.5)
        _run(below, between, size=8.5, colour=_QUIET)
        _field(below, "NUMPAGES", "1", 8.5)
        _run(below, after, size=8.5, colour=_QUIET)

    def title(self, text: str, below: str) -> None:
        """Title and a line below it.

        Parameters
        ----------
        text : str
            Title, at most 120 characters.
        below : str
            Line below it, at most 300 characters.
        """
        self.document.add_paragraph(plain_text(text, 120), style="Title")
        self.document.add_paragraph(plain_text(below, 300), style="Subtitle")

    def heading(self, text: str, level: int = 1) -> None:
        """Heading Word knows as one.

        Parameters
        ----------
        text : str
            At most 120 characters.
        level : int, default 1
            1 is the highest.
        """
        self.document.add_paragraph(plain_text(text, 120), style=f"Heading {level}")

    # --- text
    def text(self, text: str) -> None:
        """Paragraph.

        Parameters
        ----------
        text : str
            Control characters are taken out.
        """
        self.document.add_paragraph(plain_text(text))

    def bullets(self, texts: Sequence[str]) -> None:
        """Bulleted list.

        Parameters
        ----------
        texts : sequence of str
            One for each bullet.
        """
        for text in texts:
            self.document.add_paragraph(plain_text(text, _LONGEST), style="List Bullet")

    def notice(self, text: str) -> None:
        """Paragraph on a coloured ground that no reader misses.

        Parameters
        ----------
        text : str
            What must not be missed.
        """
        paragraph = self.document.add_paragraph()
        _run(paragraph, plain_text(text), size=10, colour=_MARK)
        _shade(paragraph._p.get_or_add_pPr(), _NOTE_FILL)

    # --- tables and figures
    def table(self, table: BriefTable) -> None:
        """Table with its caption above; the header row repeats on every page, rows stay whole.

        Parameters
        ----------
        table : BriefTable
            Title, and columns of one length.
        """
        self._caption(0, table.title, above=True)
        rows = len(table.columns[0].texts)
        grid = self.document.add_table(rows + 1, len(table.columns))
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        grid.autofit = False
        _frame_table(grid)
        scale = _WIDE_CM / sum(c.wide for c in table.columns)
        small = 8.5 if len(table.columns) > 6 else 9.0
        for place, column in enumerate(table.columns):
            grid.columns[place].width = Cm(column.wide * scale)
            texts = [column.head, *(plain_text(text, _LONGEST) for text in column.texts)]
            for row, (cell, text) in enumerate(zip(grid.columns[place].cells, texts, strict=True)):
                cell.width = Cm(column.wide * scale)
                _fill(cell, text, size=small, head=row == 0, bold=row == 0 or (table.total and row == rows),
                      number=column.number, follow=row < min(rows, 3))  # fmt: skip
                if row == 0 or (table.total and row == rows):
                    _shade(cell._tc.get_or_add_tcPr(), _HEAD_FILL if row == 0 else _TOTAL_FILL)
        for row, line in enumerate(grid.rows):
            _row_rules(line._tr, head=row == 0)
        gap = self.document.add_paragraph()
        gap.paragraph_format.space_after = gap.paragraph_format.space_before = Pt(0)
        gap.paragraph_format.line_spacing = Pt(8)

    def picture(self, path: Path, title: str, alt: str) -> None:
        """Picture over the width of the text, with its caption below and words for those who cannot see it.

        Parameters
        ----------
        path : pathlib.Path
            PNG or JPEG; every picture gets the same width.
        title : str
            Caption, without its number.
        alt : str
            What the picture shows, at most 200 characters.
        """
        paragraph = self.document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.paragraph_format.line_spacing = 1.0
        shape = paragraph.add_run().add_picture(str(path), width=Cm(_WIDE_CM))
        for side in "TBLR":  # LibreOffice takes an eighth of an inch where nothing is said
            shape._inline.set(f"dist{side}", "0")
        about = shape._inline.docPr
        about.set("descr", plain_text(alt, 200))
        about.set("name", f"figure {self.counts.get('1', 0) + 1}")
        self._caption(1, title, above=False)

    def _caption(self, kind: int, title: str, *, above: bool) -> None:
        """Caption with a number Word counts itself."""
        word, key = self.words[kind], str(kind)
        self.counts[key] = self.counts.get(key, 0) + 1
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = above
        _run(paragraph, f"{word} ", size=9, bold=True)
        _field(paragraph, f"SEQ {word} \\* ARABIC", str(self.counts[key]), 9, bold=True)
        _run(paragraph, f"　{plain_text(title, 120)}" if self.lang == "zh" else f". {plain_text(title, 120)}", size=9,
             bold=True)  # fmt: skip

    def save(self, path: Path) -> Path:
        """Write the document; the same content gives the same bytes.

        Parameters
        ----------
        path : pathlib.Path
            ``.docx`` to write, either whole or not at all.

        Returns
        -------
        pathlib.Path
            ``path``.
        """
        with atomic(path) as part:
            self.document.save(part)
            fix_zip_dates(part)
        return path


def _fonts(properties: Any, lang: str) -> None:
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for slot in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{slot}"), _LATIN)
    fonts.set(qn("w:eastAsia"), _CHINESE)
    spoken = properties.find(qn("w:lang"))
    if spoken is None:
        spoken = OxmlElement("w:lang")
        properties.append(spoken)
    spoken.set(qn("w:val"), "en-US")
    spoken.set(qn("w:eastAsia"), "zh-CN")


def _style(style: Any, size: float, lang: str) -> None:
    """Fonts for both scripts, size, colour and spacing of a style."""
    _fonts(style.element.get_or_add_rPr(), lang)
    name = style.name
    style.font.size, style.font.color.rgb = Pt(size), _INK
    style.font.bold = name.startswith(("Heading", "Title", "Caption"))
    style.font.italic = False
    layout = style.paragraph_format
    layout.line_spacing = 1.35 if name in ("Normal", "List Bullet") else 1.1
    layout.space_before = Pt({"Heading 1": 14, "Heading 2": 9, "Caption": 5}.get(name, 0))
    layout.space_after = Pt({"Title": 2, "Subtitle": 8, "Heading 1": 6, "Heading 2": 4, "Caption": 4}.get(name, 5))
    if name == "Subtitle":
        style.font.color.rgb = _QUIET
    if name == "Title":
        edges = style.element.get_or_add_pPr().find(qn("w:pBdr"))
        if edges is not None:
            style.element.get_or_add_pPr().remove(edges)


def _run(paragraph: Any, text: str, *, size: float, colour: RGBColor = _INK, bold: bool = False) -> Any:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb, run.font.bold = Pt(size), colour, bold
    return run


def _field(paragraph: Any, code: str, shown: str, size: float, *, bold: bool = False) -> None:
    """A field Word works out, with the value to show until it does."""
    simple = OxmlElement("w:fldSimple")
    simple.set(qn("w:instr"), code)
    run = _run(paragraph, shown, size=size, colour=_INK if bold else _QUIET, bold=bold)
    paragraph._p.append(simple)
    simple.append(run._r)


def _shade(properties: Any, fill: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    later = properties.find(qn("w:vAlign"))  # the schema has an order
    properties.append(shade) if later is None else later.addprevious(shade)


def _rule(paragraph: Any, side: str) -> None:
    edges = OxmlElement("w:pBdr")
    edges.append(_edge(side, 4, space="4"))
    paragraph._p.get_or_add_pPr().insert_element_before(
        edges, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct",
        "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing",
        "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:rPr",
    )  # fmt: skip


def _edge(side: str, size: int, *, colour: str = _RULE, space: str = "0") -> Any:
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(size)), ("space", space), ("color", colour)):
        edge.set(qn(f"w:{name}"), value)
    return edge


def _frame_table(grid: Any) -> None:
    """Rules above, below and between the rows; none between columns."""
    edges = OxmlElement("w:tblBorders")
    for side, size, colour in (("top", 8, "4D5D60"), ("bottom", 8, "4D5D60"), ("insideH", 4, _RULE)):
        edges.append(_edge(side, size, colour=colour))
    properties = grid._tbl.tblPr
    layout = properties.find(qn("w:tblLayout"))
    properties.insert(list(properties).index(layout), edges)
    margins = OxmlElement("w:tblCellMar")
    for side, wide in (("top", 30), ("left", 60), ("bottom", 30), ("right", 60)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(wide))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.insert(list(properties).index(layout) + 1, margins)


def _row_rules(row: Any, *, head: bool) -> None:
    properties = row.get_or_add_trPr()
    for name in ("cantSplit", *(("tblHeader",) if head else ())):
        rule = OxmlElement(f"w:{name}")
        rule.set(qn("w:val"), "true")
        properties.append(rule)


def _fill(cell: Any, text: str, *, size: float, head: bool, bold: bool, number: bool, follow: bool) -> None:
    paragraph = cell.paragraphs[0]
    layout = paragraph.paragraph_format
    layout.space_after = layout.space_before = Pt(0)
    layout.line_spacing = 1.1
    layout.keep_with_next = follow
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if number else WD_ALIGN_PARAGRAPH.LEFT
    cell.vertical_alignment = 1
    first, *rest = text.split("\n") if head else [text]
    _run(paragraph, first, size=size, bold=bold)
    for line in rest:
        paragraph.add_run().add_break()
        _run(paragraph, line, size=size - 1, colour=_QUIET)
