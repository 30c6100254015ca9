"""Every page of the finished village speaks one language at a time; what stays foreign is a name or a unit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guanghui.plan.inputs.region import Region
from guanghui.plan.run.writing import Run

pytestmark = pytest.mark.browser

CJK = re.compile(r"[\u3400-\u9fff]+")
WORD = re.compile(r"[A-Za-z][A-Za-z'’]{2,}")
TEXTS = """() => {
  const G = Guanghui, out = [], take = () => out.push(document.body.innerText);
  const set = change => G.page && G.page.store && G.page.store.set(change);
  document.querySelectorAll("details").forEach(d => (d.open = true));
  take();
  if (G.page && G.page.roofs) {
    G.openRoof(G.page.roofs.top("yield_kwh", 1)[0], true);
    G.openList();
    take();
    set({ list: false, view: "sink" });
    document.querySelectorAll("details").forEach(d => (d.open = true));
    take();
  }
  const named = ["aria-label", "title", "placeholder", "alt"];
  document.querySelectorAll("*").forEach(n => named.forEach(a => n.hasAttribute(a) && out.push(n.getAttribute(a))));
  return out.join("\\n");
}"""
KEYS = re.compile(r"\[[^\]]*\]+(?: *\w+)?|\w+_\w+|`[^`]*`|[\w.-]+\.(?:geojson|xlsx|html)")
"""Keys and files that a note names are the same in any language."""
UNITS = {"kwh", "kwp", "mwp", "gwh", "co", "ccer", "lcoe", "irr", "npv", "csv", "geojson", "geopackage", "esc", "shift",
         "kaya", "path", "reason", "pdf", "png", "gwp", "ipcc", "tbmj", "dlbm"}  # fmt: skip


def names_of(region: Region) -> str:
    """All that the data call by a name, in one text."""
    found = [region.name, region.file.region.name_en, *region.townships["name"], *region.townships["name_en"]]
    assert region.buildings is not None
    found += [*region.buildings["name"]]
    if region.wetlands is not None:
        found += [*region.wetlands["name"].dropna().astype(str)]
    settings = region.file.model_dump(mode="json")
    found += [t["document"] + t["section"] for t in settings["targets"]]
    found += [str(v) for part in ("targets", "actuals") for t in settings.get(part, []) for v in t.values() if v]
    found += [str(w.get("name", "")) + str(w.get("township", "")) for w in settings["sinks"]["projection"]["works"]]
    found += [str(v) for s in settings.get("sites", []) for v in s.values() if isinstance(v, str)]
    return "\n".join(found)


@pytest.fixture(scope="module")
def names(village: Path) -> str:
    return names_of(Region(village))


@pytest.mark.parametrize("page", ["index.html", "maps/compare.html", "maps/works.html", "maps/360482100-*.html"])
def test_a_page_speaks_the_language_it_is_set_to(browser, finished: Run, names: str, page: str) -> None:
    path = next(finished.folder.glob(page))
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    try:
        shown = {}
        for lang in ("zh", "en"):
            opened = context.new_page()
            opened.goto(path.as_uri() + f"#lang={lang}")
            opened.wait_for_selector("body.ready")
            shown[lang] = opened.evaluate(TEXTS)
    finally:
        context.close()
    known = "".join(names.split()) + "中文"
    foreign = sorted({run for run in CJK.findall("".join(shown["en"].split(" "))) if run not in known})
    assert foreign == []
    latin = {w.lower() for w in WORD.findall(KEYS.sub("", shown["zh"]))}
    spoken = {w.lower() for w in WORD.findall(names)}
    assert sorted(latin - UNITS - spoken) == []
