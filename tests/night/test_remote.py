"""Surface and land cover at an address give what local files give; the network is asked for nothing else."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from guanghui.geo.files import sha256
from guanghui.geo.raster import open_raster
from guanghui.geo.remote import RemoteFile
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.keeping import carbon_key, run_key
from guanghui.plan.run.check import check
from tests.night.remote_servers import http_server, s3_server
from tests.night.server import Runs, every_case
from tests.twins import place


@pytest.fixture
def served(landed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str, Path]]:
    """Folder with the small place, address of a server for its rasters, and what the server hears."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder, far = tmp_path / "near", tmp_path / "far 远"
    shutil.copytree(landed.parent, folder)
    far.mkdir()
    for name in ("dsm.tif", "cover.tif"):
        (folder / name).rename(far / name)
    with http_server(tmp_path, tmp_path / "heard.log") as address:
        yield folder / landed.name, f"{address}/far%20%E8%BF%9C", tmp_path / "heard.log"


def at(region: Path, address: str, **names: str) -> Path:
    text = region.read_text(encoding="utf-8")
    for name in ("dsm.tif", "cover.tif"):
        text = text.replace(f'"{name}"', f'"{address}/{names.get(name, name)}"')
    path = region.with_name("far.toml")
    path.write_text(text, encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the manifest; the kept survey without the name of its inputs' version."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    del found["manifest.json"]
    survey = json.loads(found["results/survey.json"])
    return found | {"results/survey.json": json.dumps(survey | {"key": ""}).encode()}


@every_case
def test_from_an_address_comes_what_local_files_give(
    server: Runs, small: Path, whole: Path, served: tuple[Path, str, Path], tmp_path: Path
) -> None:
    region, address, heard = served
    region.write_text(small.read_text(encoding="utf-8"), encoding="utf-8")
    assert server.run("run", at(region, address), "--out", tmp_path / "out") == 0, server.said()
    assert files(tmp_path / "out") == files(whole)
    assert "bytes=" in heard.read_text(encoding="utf-8"), "parts were asked for"
    inputs = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    assert "dsm.tif" in {e["path"] for e in inputs}


def test_land_cover_at_an_address_is_read_as_the_local_one(landed: Path, served: tuple[Path, str, Path]) -> None:
    region, address, _ = served
    same_land(Region(at(region, address)), Region(landed))
    assert run_key(Region(at(region, address)), None) == run_key(Region(at(region, address)), None)


def same_land(far: Region, near: Region) -> None:
    assert far.landcover is not None
    assert near.landcover is not None
    assert far.landcover.census().equals(near.landcover.census())
    one, other = (r.landcover.clip(r.townships).classify() for r in (far, near))
    np.testing.assert_array_equal(one.to_numpy(), other.to_numpy())


def test_what_the_server_changes_moves_the_keys(served: tuple[Path, str, Path], tmp_path: Path) -> None:
    region, address, _ = served
    far = at(region, address)
    before = run_key(Region(far), None), carbon_key(Region(far))
    from guanghui.geo import remote

    os.utime(tmp_path / "far 远" / "cover.tif", (1, 1))
    remote._seen.cache_clear()  # another process
    assert run_key(Region(far), None) != before[0]
    assert carbon_key(Region(far)) != before[1]


@pytest.mark.parametrize(("name", "words"), [("gone.tif", "404"), ("*.tif", "pattern"), ("roofs.gpkg", "vector")])
def test_an_address_that_gives_nothing_is_a_sentence(served: tuple[Path, str, Path], name: str, words: str) -> None:
    region, address, _ = served
    told = check(Region(at(region, address, **{"dsm.tif": name})))
    assert len(told) == 1, told
    assert words in str(told[0])
    assert "`surface.path`" in str(told[0])
    assert told[0].in_language("zh") != str(told[0])


def test_nobody_there_another_scheme_and_layers_are_sentences(served: tuple[Path, str, Path]) -> None:
    region, address, _ = served
    for given, words in (("http://127.0.0.1:9", "cannot be reached"), ("gs://bucket", "http://, https:// and s3://")):
        told = check(Region(at(region, given)))
        assert all(words in str(one) for one in told), told
        assert {one.in_language("zh") for one in told} & {str(one) for one in told} == set()
    path = at(region, address)
    path.write_text(path.read_text(encoding="utf-8").replace('"roofs.gpkg"', f'"{address}/roofs.gpkg"'), "utf-8")
    assert any("only rasters" in str(one) for one in check(Region(path)))


def test_a_file_that_leads_to_a_network_is_refused_and_no_server_is_asked(served: tuple[Path, str, Path]) -> None:
    region, address, heard = served
    before = heard.read_text(encoding="utf-8")
    wms = f"""<GDAL_WMS><Service name="TMS"><ServerUrl>{address}/${{z}}/${{x}}/${{y}}.tif</ServerUrl></Service>
<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>120</UpperLeftY><LowerRightX>120</LowerRightX><LowerRightY>0</LowerRightY>
<TileLevel>1</TileLevel><YOrigin>top</YOrigin></DataWindow><Projection>EPSG:4548</Projection></GDAL_WMS>"""
    vrt = f"""<VRTDataset rasterXSize="120" rasterYSize="120"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>
<SourceFilename relativeToVRT="0">/vsicurl/{address}/dsm.tif</SourceFilename></SimpleSource></VRTRasterBand>
</VRTDataset>"""
    text = region.read_text(encoding="utf-8").replace(place.LANDCOVER, "")
    for name, content, words in (("dsm.xml", wms, "cannot read this as a raster"), ("dsm.vrt", vrt, "on a network")):
        (region.parent / name).write_text(content, encoding="utf-8")
        path = region.with_name("led.toml")
        path.write_text(text.replace("dsm.tif", name), encoding="utf-8")
        (told,) = check(Region(path))
        assert words in str(told)
    assert heard.read_text(encoding="utf-8") == before


def test_local_files_ask_no_server(landed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", never)
    assert check(Region(landed)) == []


def test_a_password_or_signature_is_never_shown() -> None:
    found = RemoteFile.of("https://me:secret@host/a%20b/dsm.tif?X-Signature=abc")
    assert str(found) == "https://host/a b/dsm.tif"
    assert (found.name, found.suffix, str(found.parent)) == ("dsm.tif", ".tif", "https://host/a b")
    assert os.fspath(found).startswith("/vsicurl?url=https%3A%2F%2Fme%3Asecret%40host")
    again = pickle.loads(pickle.dumps(found))
    assert (str(again), os.fspath(again)) == (str(found), os.fspath(found))
    assert os.fspath(RemoteFile.of("s3://bucket/a/b.tif")) == "/vsis3/bucket/a/b.tif"


def test_s3_gives_what_a_local_file_gives(landed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("moto", reason="moto[server] is not installed")
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    with s3_server() as host:
        for name, value in {
            "AWS_S3_ENDPOINT": host, "AWS_HTTPS": "NO", "AWS_VIRTUAL_HOSTING": "FALSE", "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=f"http://{host}")
        client.create_bucket(Bucket="land")
        for name in ("dsm.tif", "cover.tif"):
            client.upload_file(str(landed.parent / name), "land", f"a/{name}")
        far = at(landed, "s3://land/a")
        try:
            region, near = Region(far), Region(landed)
            assert check(region) == []
            assert region.surface is not None
            assert near.surface is not None
            np.testing.assert_array_equal(open_raster(region.surface).to_numpy(), open_raster(near.surface).to_numpy())
            same_land(region, near)
            first = region.surface.paths[0]
            assert sha256(first) == sha256(RemoteFile.of("s3://land/a/dsm.tif"))
            assert sha256(first) != sha256(RemoteFile.of("s3://land/a/cover.tif"))
            (told,) = check(Region(at(landed, "s3://land/a", **{"dsm.tif": "gone.tif"})))
            assert "gone.tif" in str(told)
        finally:
            far.unlink()
