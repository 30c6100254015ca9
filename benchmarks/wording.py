"""What a finished folder says, read as text in both languages.

``python -m benchmarks.wording OUT … [--log FILE]`` reads pages (data and words), workbook, CSV, briefs, pictures, notes
and what the screen said, and names: figures beside intervals in another unit, bounds without their number, sentences of
the other language, and things with two words.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from docx import Document

from benchmarks.common import last_line

HAN = re.compile(r"[\u3400-\u9fff]+")
SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z'’-]+[,;]? ){2,}[a-z][a-z'’-]+\b")
"""Three words in a row, the last two or more of which are small: no name of a firm, place or unit."""
BOUND = {"zh": re.compile(r"(?:不低于|不少于|不高于|不超过)(?!\s*[约¥]?\s*[-−{\d])"),
         "en": re.compile(r"\b(?:[Aa]t least|[Aa]t most|not below)(?!\s+[-−{\d]| (?:one|two|a|an|the)\b)")}  # fmt: skip
UNIT = (
    r"(?:亿|万)?千瓦时|(?:亿|万)?千瓦|吉瓦|兆瓦|(?:亿|万)?吨|(?:亿|万)?元|(?:万)?亩|公顷|平方米|平方公里|座"
    r"|[TGMk]Wh|[GMk]Wp?|(?:Mt|kt|t)\b|billion yuan|million yuan|yuan|ha\b|mu\b|m²|km²|%"
)
NUMBER = r"[-−]?\d[\d,]*(?:\.\d+)?"
PAIR = re.compile(
    rf"({NUMBER})\s*(?!%)({UNIT})[^\d%]{{0,40}}?(?:95\s*%\s*)?(?:区间|interval)[^\d\n]{{0,12}}{NUMBER}\s*({UNIT})?\s*[–~—至-]\s*{NUMBER}\s*({UNIT})"
)
COMMAND = re.compile(r"\bguanghui (?:[a-z]+ .*|[a-z]+$)")
"""A command to type, the same in both languages."""
CITED = {"source", "来源", "citation"}
"""Columns that name where a number is from, as it is called there."""
LONGEST_TERM = {"zh": 14, "en": 40}
APART = {"roof", "指标", "来源", "项目", "类型"}
"""Words that mean two things: a subject and a count, what is measured and what is held against the plan."""
EXCERPT = 90


@dataclass(frozen=True)
class Text:
    """A text and where it stands."""

    where: str
    lang: str
    """``zh``, ``en``, or empty for what is the same in both."""
    text: str


@dataclass
class Read:
    """All texts of a folder and what stands in both languages side by side."""

    texts: list[Text] = field(default_factory=list)
    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    """Chinese, English, where."""

    def both(self, zh: str, en: str, where: str) -> None:
        """Take a text in both languages."""
        self.texts += [Text(where, "zh", zh), Text(where, "en", en)]
        self.pairs.append((zh.strip(), en.strip(), where))


def _payload(node: Any, where: str, read: Read) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("zh"), str) and isinstance(node.get("en"), str):
            read.both(node["zh"], node["en"], where)
        for key, child in node.items():
            if not (key in {"zh", "en"} and isinstance(child, str)):
                _payload(child, f"{where}.{key}" if where.count(".") < 6 else where, read)
    elif isinstance(node, list):
        if len(node) == 2 and all(isinstance(c, str) for c in node) and HAN.search(node[0]):
            read.both(node[0], node[1], where)
            return
        for child in node:
            _payload(child, where, read)


def read_page(path: Path, read: Read) -> None:
    """Words and data that a page holds, in both languages whichever it shows."""
    html = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="guanghui-data">(.*?)</script>', html, re.S)
    if found:
        _payload(json.loads(found.group(1)), path.name, read)


def _column_lang(name: str) -> str | None:
    return name[-2:] if name.endswith(("_zh", "_en")) else None


def read_csv(path: Path, read: Read) -> None:
    """Cells of columns that are in a language; both of them where they stand side by side."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            for name, value in row.items():
                lang = _column_lang(name)
                if not value or lang is None:
                    continue
                other = row.get(name[:-2] + "en", "")
                if lang == "zh" and other:
                    read.both(value, other, f"{path.name}:{name[:-3]}")
                elif lang == "en" and not row.get(name[:-2] + "zh"):
                    read.texts.append(Text(f"{path.name}:{name}", "en", value))


def read_workbook(path: Path, read: Read, lang: str) -> None:
    """Headings in both languages, cells in the language of the region or that of their column."""
    for sheet in openpyxl.load_workbook(path, read_only=True):
        rows = sheet.iter_rows(values_only=True)
        next(rows, None)
        about = next(rows, (None,))[0]
        if about:
            read.texts.append(Text(f"{path.name}:{sheet.title}", lang, str(about)))
        heads = []
        for head in next(rows, ()):
            lines = str(head or "").split("\n")
            heads.append(lines)
            if len(lines) > 1:
                zh, en = lines[:2] if lang == "zh" else lines[1::-1]
                read.both(zh, en, f"{path.name}:{sheet.title}:heading")
        seen: set[tuple[int, str]] = set()
        for row in rows:
            for place, value in enumerate(row):
                if isinstance(value, str) and (place, value) not in seen and place < len(heads):
                    seen.add((place, value))
                    head = " ".join(heads[place])
                    own = {"英文": "en", "中文": "zh"}.get("".join(re.findall("英文|中文", head)), lang)
                    cited = "/cited" if CITED & set(heads[place]) else ""
                    read.texts.append(Text(f"{path.name}:{sheet.title}:{heads[place][0]}{cited}", own, value))


def read_brief(path: Path, read: Read) -> None:
    """Paragraphs and cells of a brief; the end of its name tells the language."""
    lang = "en" if path.stem.endswith("en") else "zh"
    brief = Document(str(path))
    said = [p.text for p in brief.paragraphs]
    for table in brief.tables:
        for row in table.rows:
            said.append(" | ".join(dict.fromkeys(c.text for c in row.cells)))
    said += [p.text for s in brief.sections for p in (*s.header.paragraphs, *s.footer.paragraphs)]
    read.texts += [Text(path.name, lang, text) for text in said if text.strip()]


def read_picture(path: Path, read: Read) -> None:
    """Texts of a drawing, where they are kept as such."""
    lang = "en" if path.stem.endswith("en") else "zh"
    said = re.findall(r"<(?:text|tspan|title)[^>]*>([^<]+)<|<!-- (.+?) -->", path.read_text(encoding="utf-8"))
    read.texts += [Text(path.name, lang, a or b) for a, b in said]


def read_log(path: Path, read: Read) -> None:
    """Lines of the screen, all in the language of most of them."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    lang = "zh" if 2 * sum(bool(HAN.search(line)) for line in lines) > len(lines) else "en"
    read.texts += [Text(path.name, lang, COMMAND.sub("", line)) for line in lines]


def read_folder(folder: Path, log: Path | None = None) -> Read:
    """Everything a folder of results says, and the screen while it was made."""
    read = Read()
    if log is not None:
        read_log(log, read)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    lang = manifest["parameters"].get("maps", {}).get("lang", "zh")
    for note in manifest.get("notes", []):
        read.both(note["text_zh"], note["text"], f"manifest:{note['source']}")
    readers = {".html": read_page, ".csv": read_csv, ".docx": read_brief, ".svg": read_picture}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            read_workbook(path, read, lang)
        elif path.suffix in readers:
            readers[path.suffix](path, read)
    return read


def names_of(folder: Path) -> str:
    """What data and region file call by a name, in one text."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, str):
            found.append(node)
        elif isinstance(node, dict | list):
            for child in node.values() if isinstance(node, dict) else node:
                walk(child)

    walk(manifest["parameters"])
    for name in ("roofs", "sinks_townships", "existing", "sites", "meter_plants"):
        path = folder / "tables" / f"{name}.csv"
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    found += [row.get(c) or "" for c in ("name", "township", "use", "site", "project", "plant")]
    return "\n".join(dict.fromkeys(found))


def mismatched(read: Read) -> Iterator[Text]:
    """Figures whose interval is in another unit."""
    for said in read.texts:
        for hit in PAIR.finditer(said.text):
            if len({u for u in hit.groups()[1:] if u}) > 1:
                yield Text(said.where, said.lang, hit.group())


def unbounded(read: Read) -> Iterator[Text]:
    """Bounds that say no number; a plan's own words stand in a column beside their number."""
    for said in read.texts:
        if "target_text" in said.where or "原文说明" in said.where:
            continue
        hit = BOUND[said.lang or "zh"].search(said.text)
        if hit and not re.search(r"\d[^|\d]{0,8}$", said.text[: hit.start()]):  # the number may stand before it
            yield Text(said.where, said.lang, said.text[max(hit.start() - 20, 0) : hit.end() + 30])


def foreign(read: Read, names: str) -> Iterator[Text]:
    """Chinese in what is English, and sentences of English in what is Chinese."""
    for said in read.texts:
        if said.where.endswith("/cited"):
            continue
        if said.lang == "en":
            hits = [h for h in HAN.findall(said.text) if h not in names]
        else:
            hits = [h for h in SENTENCE.findall(said.text) if h not in names]
        if hits:
            yield Text(said.where, said.lang, hits[0])


def _plain(text: str) -> str:
    plain = re.sub(r"（[中英]文）|\((?:Chinese|English)\)", "", text)
    return re.sub(r"(?<=[a-rt-z])s$", "", re.sub(r"\s+", " ", plain.strip(" ：:。.")).casefold())


def twofold(read: Read) -> Iterator[tuple[str, list[str], list[str]]]:
    """Terms that have two words in the other language: term, its words, where they stand."""
    ways: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for zh, en, where in read.pairs:
        named = ".page." in where or where.endswith(("name", "place"))  # names of data, and items as a plan calls them
        if en and not named and len(zh) <= LONGEST_TERM["zh"] and len(en) <= LONGEST_TERM["en"] and HAN.search(zh):
            ways["en", _plain(en)][_plain(zh)].add(where)
            ways["zh", _plain(zh)][_plain(en)].add(where)
    for (_, term), words in sorted(ways.items()):
        if len(words) > 1 and term not in APART:
            yield term, sorted(words), sorted(min(places) for places in words.values())


def _excerpts(found: Iterable[Text]) -> list[str]:
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    for said in found:
        kinds[said.where, said.lang].append(said.text)
    return [f"{where} [{lang}] × {len(said)}: {said[0][:EXCERPT]}" for (where, lang), said in kinds.items()]


def main() -> None:
    """Read the folders and print what is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--log", type=Path, help="what the screen said while the first folder was made")
    options = parser.parse_args()
    total: dict[str, int] = defaultdict(int)
    for folder in options.folders:
        read, names = read_folder(folder, options.log if folder == options.folders[0] else None), names_of(folder)
        found = {
            "unit": _excerpts(mismatched(read)),
            "bound": _excerpts(unbounded(read)),
            "foreign": _excerpts(foreign(read, names)),
            "two words": [f"{term}: {' / '.join(words)}  ({'; '.join(where)})" for term, words, where in twofold(read)],
        }
        sys.stdout.write(f"\n{folder}: {len(read.texts)} texts, {len(read.pairs)} in both languages\n")
        for kind, lines in found.items():
            total[kind.replace(" ", "_")] += len(lines)
            sys.stdout.writelines(f"  {kind}: {line}\n" for line in lines)
    last_line(**total)


if __name__ == "__main__":
    main()
