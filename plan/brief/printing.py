"""PDF of the map pages through a browser that is installed; nothing leaves the computer."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.geo.fonts import shipped_in_use

__all__ = ["find_browser", "print_page"]

log = logging.getLogger(__name__)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
)
_SECONDS = 120
_SETTLE_MS = 8000


def find_browser() -> Path | None:
    """Chromium, Chrome or Edge, or None; ``GUANGHUI_BROWSER`` names another."""
    given = os.environ.get("GUANGHUI_BROWSER")
    if given is not None:
        return Path(given) if Path(given).is_file() else None
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else next((Path(p) for p in _PLACES if Path(p).is_file()), None)


def print_page(page: Path, pdf: Path, browser: Path) -> Path:
    """Print a page of ours to PDF in its own print style, A4 landscape.

    Parameters
    ----------
    page : pathlib.Path
        HTML.
    pdf : pathlib.Path
        Target; it is either whole or absent.
    browser : pathlib.Path
        From :func:`find_browser`.

    Raises
    ------
    InputError
        If the browser does not print it.
    """
    with TemporaryDirectory(prefix="guanghui-", ignore_cleanup_errors=True) as profile, atomic(pdf) as part:
        words = [str(browser), *_options(Path(profile)), f"--print-to-pdf={part.resolve()}", page.resolve().as_uri()]
        done = _call(words, _with_font(Path(profile)))
        if not part.is_file() or part.stat().st_size == 0:
            raise InputError(
                f"{page.name}: {browser.name} printed nothing ({done}); open the page and print it by hand.",
                f"{page.name}：{browser.name} 没有输出（{done}）；请打开网页手动打印。",
            )
    return pdf


def _options(profile: Path) -> list[str]:
    """Headless, with a profile of its own and no way to a network."""
    options = [
        "--headless=new", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
        "--disable-background-networking", "--disable-sync", "--disable-component-update", "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", f"--user-data-dir={profile}",
        "--no-pdf-header-footer", f"--virtual-time-budget={_SETTLE_MS}",
    ]  # fmt: skip
    root = sys.platform != "win32" and os.geteuid() == 0  # Chromium starts as root only without its sandbox
    return [*options, "--no-sandbox"] if root else options


def _with_font(folder: Path) -> dict[str, str] | None:
    """Environment in which a browser on a computer without Chinese fonts finds the one that ships; None: as it is."""
    font = shipped_in_use()
    if font is None or not sys.platform.startswith("linux"):
        return None
    known = escape(os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf"))
    settings = folder / "fonts.conf"
    settings.write_text(
        f'<?xml version="1.0"?><fontconfig><include ignore_missing="yes">{known}</include>'
        f"<dir>{escape(str(font.parent))}</dir><cachedir>{escape(str(folder / 'fonts'))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return {**os.environ, "FONTCONFIG_FILE": str(settings)}


def _call(command: list[str], environment: dict[str, str] | None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    log.debug("%s", done.stderr.decode("utf-8", "replace"))
    return f"code {done.returncode}"
