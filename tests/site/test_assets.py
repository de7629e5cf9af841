"""The tool that installs the site's scripts; no browser and no network needed."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import json
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "book" / "_tools" / "fetch_assets.py"


@pytest.fixture(scope="module")
def tool():
    """Return the tool as a module."""
    specification = importlib.util.spec_from_file_location("fetch_assets", TOOL)
    module = importlib.util.module_from_spec(specification)
    sys.modules["fetch_assets"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["fetch_assets"]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a package's archive as npm writes it."""
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("LICENSE", "dist/embed.js", "dist/other.js", "../escape.js"):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return path


@pytest.fixture
def package(tool, archive: Path):
    """Return a description that fits the archive."""
    integrity = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest())
    return replace(
        tool.PACKAGES[0],
        integrity=integrity.decode(),
        target="site/x",
        root="dist",
        keep=("LICENSE", "dist/embed.js"),
    )


def test_only_listed_files_are_installed(tool, archive, package, tmp_path) -> None:
    tool.verify(archive, package)
    tool.unpack(archive, package, tmp_path / "assets")
    files = sorted(p.name for p in (tmp_path / "assets").rglob("*") if p.is_file())
    assert files == ["LICENSE", "embed.js"]


def test_other_content_is_refused(tool, archive, package) -> None:
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(tool.AssetError, match="not what was pinned"):
        tool.verify(archive, package)


def test_a_changed_file_is_noticed(tool, tmp_path) -> None:
    file = tmp_path / "a.js"
    file.write_text("1")
    manifest = {"pins": tool.pins(), "files": {"a.js": tool.digest(file)}}
    (tmp_path / tool.MANIFEST).write_text(json.dumps(manifest))
    assert tool.installed(tmp_path)
    file.write_text("2")
    assert not tool.installed(tmp_path)
    file.unlink()
    assert not tool.installed(tmp_path)


def test_one_clear_error_and_nothing_lost(tool, tmp_path, monkeypatch) -> None:
    def fail(*arguments, **options):
        raise tool.AssetError("no network")

    monkeypatch.setattr(tool, "run", fail)
    monkeypatch.setattr(tool.venv, "create", lambda *a, **k: None)
    monkeypatch.setattr(tool.shutil, "which", lambda name: "npm")
    kept = tmp_path / "assets" / "kept"
    kept.parent.mkdir()
    kept.write_text("kept")
    with pytest.raises(tool.AssetError, match="Install Node.js"):
        tool.install(tmp_path / "assets")
    assert kept.read_text() == "kept"
    assert [p.name for p in tmp_path.iterdir()] == ["assets"]


def test_versions_are_exact(tool) -> None:
    for package in tool.PACKAGES:
        assert package.version.replace(".", "").isdigit()
        assert len(base64.b64decode(package.integrity)) == 64
