"""Servers on this machine that speak what the world's servers speak: HTTP with ranges, and S3 where moto is there.

They are processes of their own: GDAL holds this one while it waits for an answer.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Ranges(SimpleHTTPRequestHandler):
    """Files of a folder, whole or in part (RFC 9110, one range), with dates and without a word on the screen."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        _say(f"HEAD {self.path}")
        super().do_HEAD()

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        _say(f"GET {self.path} {self.headers.get('Range', '')}")
        path = Path(self.translate_path(self.path))
        if asked is None or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        first, last = int(asked[1]), min(int(asked[2] or len(data) - 1), len(data) - 1)
        if first >= len(data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Last-Modified", self.date_time_string(int(path.stat().st_mtime)))
        self.end_headers()
        self.wfile.write(data[first : last + 1])


@contextmanager
def _running(command: list[str], answers: Callable[[], bool], **how: Any) -> Iterator[None]:
    """A server, once it answers."""
    server = subprocess.Popen([sys.executable, *command], **how)
    try:
        start = time.monotonic()
        while not answers():
            assert time.monotonic() - start < 120
            time.sleep(0.02)
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def http_server(folder: Path, log: Path) -> Iterator[str]:
    """Address of a server for a folder; the log gets what it is asked."""
    with (
        log.open("w", encoding="utf-8") as heard,
        _running([__file__, str(folder)], lambda: "\n" in log.read_text(encoding="utf-8"), stdout=heard),
    ):
        yield f"http://127.0.0.1:{log.read_text(encoding='utf-8').splitlines()[0]}"


@contextmanager
def s3_server() -> Iterator[str]:
    """Host and port of moto's S3."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def answers() -> bool:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        return False

    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = ["-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, answers, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env):
        yield f"127.0.0.1:{port}"


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Ranges, directory=sys.argv[1])) as serving:
        _say(str(serving.server_address[1]))
        serving.serve_forever()
