"""How heavy and how quick the map pages are, beside a plain folium page of the same roofs in the same browser.

``python -m benchmarks.maps``: about three minutes on two cores, most of them for the plain page. Without Chromium the
browser's figures are null. Times are the best of several, as another program on the machine only adds to them; zoom is
the slowest of all zooms, from the view that is set to the picture.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd

from benchmarks.common import best, last_line, table
from guanghui.maps import township_page
from guanghui.maps.drawing.style import ramp, round_breaks
from guanghui.maps.offline import inline
from tests.maps.conftest import CHROMIUM
from tests.maps.scene import Scene, scene

MANY, FEW = 50_000, 3_000
CODE = "360482100"
PANS = 7
SLOW_PANS = 3
"""Pan steps where each takes seconds."""
READY = "() => document.body.classList.contains('ready')"
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
SLOW = 4
"""Times slower a processor for the second measurement of the first picture."""
FRAME = "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));"
ZOOMS = f"""async times => {{
  const map = Guanghui.page.map, at = map.getCenter(), worst = [];
  map.options.minZoom = 0;
  map.setMaxBounds(null);
  for (let zoom = 0; zoom <= 20; zoom++) {{
    const took = [];
    for (let i = 0; i < times; i++) {{
      map.setView(at, zoom ? zoom - 1 : 1, {{animate: false}});
      {FRAME}
      const start = performance.now();
      map.setView(at, zoom, {{animate: false}});
      {FRAME}
      took.push(performance.now() - start);
    }}
    worst.push(Math.min(...took));
  }}
  return Math.max(...worst);
}}"""
CHOOSE = f"""async () => {{
  const count = Guanghui.page.roofs.count, took = [];
  for (let round = 0; round < 7; round++) {{
    const roofs = Array.from({{length: 1000}}, (_, i) => (47 * i + 13 * round) % count);
    const start = performance.now();
    Guanghui.selectRoofs(roofs, false);
    {FRAME}
    took.push(performance.now() - start);
  }}
  Guanghui.clearSelection();
  return Math.min(...took);
}}"""
STEP = f"""async () => {{
  const store = Guanghui.page.store, years = Guanghui.page.roofs.spec.phases.years, took = [];
  for (const year of years.concat(years, [0])) {{
    const start = performance.now();
    store.set({{year: year}});
    took.push(performance.now() - start);
    {FRAME}
  }}
  return Math.min(...took);
}}"""
PAN = """map => new Promise(done => {
  const start = performance.now();
  map.panBy([320, 0], {animate: false});
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""


def ours(made: Scene) -> str:
    """Township page that holds all roofs of the scene."""
    roofs = made.roofs.assign(township_code=CODE)
    roofs.attrs = made.roofs.attrs
    return township_page(made.city, CODE, roofs=roofs, plan=made.plan, stock=made.stock)


def plain(roofs: gpd.GeoDataFrame) -> str:
    """The same roofs as folium's own GeoJson layer: outlines, seven attributes, colours by yield, a tooltip."""
    columns = ["building_id", "building_class", "capacity_kwp", "yield_kwh", "poa_kwh_m2", "usable_m2", "height_m"]
    frame = roofs[[*columns, "geometry"]].to_crs(4326)
    legend = ramp("sun", "kwh", round_breaks(frame["yield_kwh"]))

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        place = int(legend.classify(feature["properties"]["yield_kwh"]))
        return {"fillColor": legend.colours[place], "color": "#555555", "weight": 0.5, "fillOpacity": 0.9}

    west, south, east, north = frame.total_bounds
    view = folium.Map(((south + north) / 2, (west + east) / 2), tiles=None)
    view.default_js = [pair for pair in view.default_js if pair[0] == "leaflet"]
    view.default_css = [pair for pair in view.default_css if pair[0] == "leaflet_css"]
    folium.GeoJson(frame, style_function=style, tooltip=folium.GeoJsonTooltip(columns)).add_to(view)
    view.fit_bounds([[south, west], [north, east]])
    return inline(view.get_root().render())


@contextmanager
def opened(browser: Any, html: str, timeout_s: float) -> Iterator[tuple[Any, str, Callable[[int], None]]]:
    """A tab of a fresh context without a network, the address of the page, and what slows its processor down."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
        page = context.new_page()
        page.set_default_timeout(1000 * timeout_s)

        def slow(times: int) -> None:
            if times > 1:
                context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})

        yield page, path.as_uri(), slow
        context.close()


def timed(
    browser: Any, html: str, map_name: str, drawn: str, slower: int = 1, count: int = PANS
) -> tuple[float, float]:
    """Seconds to the first whole picture, median milliseconds of a pan step (NaN when none is asked for)."""
    with opened(browser, html, 300.0) as (page, address, slow):
        slow(slower)
        page.goto(address, wait_until="commit")
        page.wait_for_function(drawn)
        first = page.evaluate(PAINTED) / 1000
        if not count:
            return first, math.nan
        found = page.evaluate_handle(map_name)
        found.evaluate("map => map.setZoom(15, {animate: false})")
        page.evaluate(PAINTED)
        pans = [found.evaluate(PAN) for _ in range(count)]
    return first, statistics.median(pans)


def handled(browser: Any, html: str, slower: int = 1) -> dict[str, float]:
    """Milliseconds of the slowest zoom, of 1,000 roofs chosen, of the own work of the page at a step of the phases."""
    with opened(browser, html, 120.0) as (page, address, slow):
        page.goto(address)
        page.wait_for_function(READY)
        slow(slower)
        page.evaluate(PAINTED)
        return {
            "choose": page.evaluate(CHOOSE),
            "step": page.evaluate(STEP),
            "zoom": page.evaluate(ZOOMS, 3 if slower == 1 else 1),
        }


def main() -> None:
    """Build, open, measure, print."""
    many, few = scene(MANY), scene(FEW)
    small = ours(few)
    write_s = best(lambda: ours(few)).cpu
    begin = time.process_time()
    big = ours(many)
    big_s = time.process_time() - begin
    begin = time.process_time()
    peer = plain(many.roofs)
    peer_s = time.process_time() - begin
    figures: dict[str, tuple[float, float] | tuple[None, None]] = dict.fromkeys(("few", "many", "peer"), (None, None))
    hands: dict[int, dict[str, float]] = {}
    slow_first = None
    if CHROMIUM is not None:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            figures["few"] = min(timed(browser, small, "Guanghui.page.map", READY) for _ in range(3))
            figures["many"] = min(timed(browser, big, "Guanghui.page.map", READY) for _ in range(3))
            slow_first = min(timed(browser, big, "Guanghui.page.map", READY, SLOW, 0)[0] for _ in range(3))
            hands = {slower: handled(browser, big, slower) for slower in (1, SLOW)}
            all_drawn = f"() => document.querySelectorAll('path.leaflet-interactive').length >= {MANY}"
            name = "window[Object.keys(window).filter(key => /^map_[0-9a-f]+$/.test(key))[0]]"
            figures["peer"] = timed(browser, peer, name, all_drawn, count=SLOW_PANS)
            browser.close()
    size = {name: len(html.encode()) / 1e6 for name, html in (("few", small), ("many", big), ("peer", peer))}
    spent = {"few": write_s, "many": big_s, "peer": peer_s}
    labels = {"few": f"township page, {FEW:,} roofs", "many": f"township page, {MANY:,} roofs",
              "peer": f"folium GeoJson, {MANY:,} roofs"}  # fmt: skip
    rows = [(labels[k], size[k], spent[k], *figures[k]) for k in labels]
    table("Map pages", ["page", "MB", "CPU s to write", "first picture s", "pan ms"], rows)
    if hands:
        rows = [(f"{slower} × slower", *(hands[slower][k] for k in ("zoom", "choose", "step"))) for slower in hands]
        table(f"{MANY:,} roofs", ["processor", "slowest zoom ms", "1,000 chosen ms", "phase, own work ms"], rows)
    first, peer_first = figures["many"][0], figures["peer"][0]
    last_line(
        page_mb_50k=size["many"],
        first_picture_s=first,
        first_picture_s_4x=slow_first,
        pan_ms=figures["many"][1],
        zoom_ms=hands[1]["zoom"] if hands else None,
        choose_1000_ms=hands[1]["choose"] if hands else None,
        step_ms_4x=hands[SLOW]["step"] if hands else None,
        ratio_folium_first_picture=peer_first / first if first and peer_first else None,
        page_mb_3k=size["few"],
        write_cpu_s_3k=write_s,
        folium_mb_50k=size["peer"],
        folium_pan_ms=figures["peer"][1],
    )


if __name__ == "__main__":
    main()
