"""Pages and a browser for the map tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.maps.scene import Scene, scene

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


@pytest.fixture(scope="session")
def city_scene() -> Scene:
    """Three made-up townships with all results."""
    return scene()


@pytest.fixture(scope="session")
def township_html(city_scene: Scene) -> str:
    """Page of the first township with everything on it."""
    from guanghui.maps import township_page

    s = city_scene
    return township_page(s.city, "360482100", roofs=s.roofs, plan=s.plan, stock=s.stock)


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium without a network; skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def open_page(browser, tmp_path: Path):
    """Open a page from disk with the network off; requests and errors are kept in ``page.heard``."""
    contexts = []

    def open_html(html: str, *, width: int = 1440, height: int = 900, fragment: str = "", **options):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8", newline="\n")
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on(
            "console", lambda m: page.heard.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: page.heard.append(f"error: {error}"))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else page.heard.append(r.url))
        page.on("dialog", lambda d: (page.heard.append(f"dialog: {d.message}"), d.dismiss()))
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector("body.ready", timeout=20_000)
        return page

    yield open_html
    for context in contexts:
        context.close()
