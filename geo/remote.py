"""Rasters that lie elsewhere: addresses that GDAL reads part by part, as paths like any other.

The network is asked for what a region file names by its address, and for nothing else: formats of GDAL that are a
service behind a file (WMS and its like) are shut, and a mosaic that names addresses is refused.
"""

from __future__ import annotations

import importlib
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import Request, urlopen

from guanghui.geo.errors import InputError

__all__ = ["VECTOR_ENDS", "RemoteFile", "is_address", "refuse_hidden", "remote_file"]

_SCHEMES = ("http", "https", "s3")
VECTOR_ENDS = (
    ".shp", ".gpkg", ".geojson", ".json", ".gdb", ".kml", ".kmz", ".dxf", ".parquet", ".fgb", ".tab", ".mif",
)  # fmt: skip
"""Endings of vector layers that are given where a raster is wanted."""
_TIMEOUT_S = 30
for _name, _value in (("GDAL_HTTP_MAX_RETRY", "3"), ("GDAL_HTTP_RETRY_DELAY", "1"), ("GDAL_HTTP_TIMEOUT", "120")):
    os.environ.setdefault(_name, _value)
_SERVICES = "WMS WMTS WCS OGCAPI STACIT STACTA EEDAI PLMOSAIC DAAS HTTP"
os.environ["GDAL_SKIP"] = f"{os.environ.get('GDAL_SKIP', '')} {_SERVICES}".strip()
_SOURCE = re.compile(r"<Source(?:Filename|Dataset)[^>]*>\s*([^<]*)")
_ELSEWHERE = re.compile(r"/vsi(?:curl|s3|gs|az|adls|oss|swift|hdfs|webhdfs)|[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_address(value: str) -> bool:
    """Whether a value of a region file is an address, not a path.

    Parameters
    ----------
    value : str
        Value of the region file.

    Examples
    --------
    >>> is_address("https://host/dsm.tif"), is_address("C:/dsm.tif"), is_address("surface/*.tif")
    (True, False, False)
    """
    scheme, between, _ = value.partition("://")
    return bool(between) and len(scheme) > 1 and scheme.isalnum()


class RemoteFile(type(Path())):  # type: ignore[misc]
    """An address that behaves as the path of a file; GDAL gets its own spelling of it.

    What is shown of it has neither name and password nor the query, which may be a signature.
    """

    url: str

    @classmethod
    def of(cls, url: str) -> RemoteFile:
        """Path of an address.

        Parameters
        ----------
        url : str
            ``http``, ``https`` or ``s3``, a name and password or a signature as they are.
        """
        parts = urlsplit(url)
        own = f"/vsis3/{parts.netloc}{parts.path}" if parts.scheme == "s3" else f"/vsicurl?url={quote(url, safe='')}"
        found = cls(own)
        found.url = url
        return found

    def __reduce__(self) -> Any:
        return RemoteFile.of, (self.url,)

    def __fspath__(self) -> str:
        return str(super().__str__())

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{unquote(parts.path)}"

    @property
    def name(self) -> str:
        """Last part of the address."""
        return str(self).rpartition("/")[2]

    @property
    def parent(self) -> RemoteFile:
        """Address of the folder."""
        return RemoteFile.of(self.url.partition("?")[0].rpartition("/")[0])

    def resolve(self, strict: bool = False) -> RemoteFile:
        """Give it back: there is one spelling.

        Parameters
        ----------
        strict : bool, default False
            Not looked at.
        """
        return self

    def exists(self, **_: Any) -> bool:
        """Whether it may be opened; what is wrong with it was said when it was named."""
        return True

    is_file = exists

    def is_dir(self, **_: Any) -> bool:
        """Say no: an address is a file."""
        return False

    def stat(self, **_: Any) -> os.stat_result:
        """Size, and a time that changes with the content."""
        size, version = _seen(self.url)
        stamp = int.from_bytes(version.encode()[-7:], "big")
        return os.stat_result((0o100444, 0, 0, 1, 0, 0, size, 0, 0, 0), {"st_mtime_ns": stamp, "st_ctime_ns": stamp})

    def fingerprint(self) -> str:
        """What the server says of the content (its ETag, or date and size); something new where it says nothing."""
        return _seen(self.url)[1]


def remote_file(value: str, where: str) -> RemoteFile:
    """File at an address, once the server was asked for it.

    Parameters
    ----------
    value : str
        Address.
    where : str
        File, line and key, for the message.

    Raises
    ------
    InputError
        Another scheme, a pattern, or the server does not give it.
    """
    scheme, _, rest = value.partition("://")
    if scheme not in _SCHEMES:
        raise InputError(
            f'{where} = "{scheme}://…": rasters are read from files, http://, https:// and s3://; fetch this one.',
            f"{where} = {scheme}://…：栅格可从本地文件、http://、https:// 和 s3:// 读取；其他来源请先下载。",
        )
    if any(c in rest.partition("?")[0] for c in "*["):
        raise InputError(
            f"{where}: an address with a pattern cannot be looked up; name each file in a list.",
            f"{where}：网络地址不支持通配符；请用列表逐个写出文件。",
        )
    found = RemoteFile.of(value)
    if found.suffix.lower() in VECTOR_ENDS:
        raise InputError(
            f"{where}: {found} is a vector layer, and only rasters are read from an address; fetch it first.",
            f"{where}：{found} 是矢量图层，仅栅格可用网络地址读取；请先下载。",
        )
    try:
        _seen(value)
    except HTTPError as error:
        error.close()
        raise InputError(
            f"{where}: the server does not give {found} ({error.code} {error.reason}); correct the address.",
            f"{where}：服务器未提供 {found}（{error.code} {error.reason}）；请更正地址或取得访问权限。",
        ) from error
    except (URLError, OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise InputError(
            f"{where}: {found} cannot be reached ({why}); check address and network, or fetch the file.",
            f"{where}：无法访问 {found}（{why}）；请检查地址与网络，或先下载文件。",
        ) from error
    return found


def refuse_hidden(path: Path) -> None:
    """Refuse a mosaic on disk whose parts lie elsewhere; nobody asked the network for them.

    Parameters
    ----------
    path : pathlib.Path
        A raster.

    Raises
    ------
    InputError
        It is a ``.vrt`` that names an address.
    """
    if path.suffix.lower() != ".vrt" or isinstance(path, RemoteFile):
        return
    named = [m[1].strip() for m in _SOURCE.finditer(path.read_text(encoding="utf-8", errors="replace"))]
    if any(_ELSEWHERE.match(name) for name in named):
        raise InputError(
            f"{path}: this mosaic names files on a network; write their addresses into the region file, or fetch them.",
            f"{path}：此镶嵌文件引用网络上的文件；请将其地址写入区域文件，或先下载。",
        )


@lru_cache(maxsize=4096)
def _seen(url: str) -> tuple[int, str]:
    """Size [bytes] and version of what lies at an address, asked once in a process."""
    if url.startswith("s3://"):
        return _seen_s3(url)
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    request = Request(bare, method="HEAD")
    if "@" in parts.netloc:
        import base64

        user = unquote(parts.netloc.rpartition("@")[0])
        request.add_header("Authorization", f"Basic {base64.b64encode(user.encode()).decode()}")
    with urlopen(request, timeout=_TIMEOUT_S) as answer:
        head = answer.headers
        size = int(head.get("Content-Length") or 0)
        version = head.get("ETag") or head.get("Last-Modified")
    return size, f"{version} {size}" if version else secrets.token_hex(16)


def _seen_s3(url: str) -> tuple[int, str]:
    """Ask S3 as boto3 does, with the variables GDAL reads too; without boto3 nothing is known of the version."""
    try:
        boto3 = importlib.import_module("boto3")
    except ImportError:
        return 0, secrets.token_hex(16)
    parts = urlsplit(url)
    endpoint = os.environ.get("AWS_S3_ENDPOINT")
    if endpoint and "://" not in endpoint:
        endpoint = f"{'http' if os.environ.get('AWS_HTTPS', 'YES').upper() == 'NO' else 'https'}://{endpoint}"
    try:
        found = boto3.client("s3", endpoint_url=endpoint).head_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
    except Exception as error:
        raise OSError(str(error)) from error
    return int(found["ContentLength"]), f"{found['ETag']} {found['ContentLength']}"
