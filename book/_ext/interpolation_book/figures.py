"""Carry a figure's alternative text and data from the notebook to the page.

:func:`interpolab.figures.show` stores both in the output's metadata, which
MyST-NB does not pass on.  Under each figure the page offers the data, the image
and the key by which it can be cited.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from interpolation_book import stored


class figure_links(nodes.General, nodes.Element):  # noqa: N801 - a docutils node
    """The line of links below a figure."""


class StoredFigures(SphinxTransform):
    """Complete the images that come from a notebook's stored outputs."""

    default_priority = 220

    def apply(self, **kwargs: Any) -> None:
        """Go through the code cells of the page."""
        path = stored.notebook_path(self.env, self.env.docname)
        if path is None:
            return
        cells = stored.cells(path)
        for container in self.document.findall(nodes.container):
            if container.get("nb_element") != "cell_code":
                continue
            outputs = cells[container["cell_index"]].get("outputs", [])
            shown = [o for o in outputs if "data" in o]
            bundles = [
                c
                for c in container.findall(nodes.container)
                if c.get("nb_element") == "mime_bundle"
            ]
            for output, bundle in zip(shown, bundles, strict=True):
                self._complete(output, bundle, container["cell_index"])

    def _complete(
        self, output: dict[str, Any], bundle: nodes.container, cell: int
    ) -> None:
        metadata = output.get("metadata", {})
        png = output["data"].get("image/png")
        for image in bundle.findall(nodes.image):
            if png is not None:
                image["uri"] = self._write_webp(b64decode(stored.text(png)))
            about = metadata.get("image/png", {})
            if "alt" in about:
                image["alt"] = about["alt"]
            image["classes"].append("ib-figure")
            figure = bundle.parent
            if isinstance(figure, nodes.figure):
                self._add_links(output, figure, cell)

    def _write_webp(self, png: bytes) -> str:
        """Write what the page shows: the same pixels in a fifth less space."""
        path = self._folder() / f"{_digest(png)}.webp"
        if not path.exists():
            with Image.open(BytesIO(png)) as image:
                image.convert("RGB").save(path, "webp", lossless=True, quality=100)
        return self._reference(path)

    def _folder(self) -> Path:
        folder = Path(self.app.outdir).parent / "jupyter_execute" / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _reference(self, path: Path) -> str:
        """Return a file's address relative to the source folder."""
        return "/" + Path(os.path.relpath(path, self.env.srcdir)).as_posix()

    def _add_links(self, output: dict[str, Any], figure: nodes.figure, cell: int):
        key = figure["names"][0] if figure["names"] else ""
        name = key or f"{Path(self.env.docname).name}-cell-{cell}"
        links = figure_links(key=key, anchor=figure["ids"][0] if figure["ids"] else "")
        files = {
            "csv": (output.get("metadata", {}).get("csv"), "Data (CSV)"),
            "png": (output["data"].get("image/png"), "Image (PNG)"),
        }
        for suffix, (content, label) in files.items():
            if content is None:
                continue
            plain = stored.text(content)
            raw = b64decode(plain) if suffix == "png" else plain.encode()
            links += self._download(f"{name}.{suffix}", raw, label)
        figure += nodes.legend("", links)

    def _download(self, name: str, content: bytes, label: str) -> nodes.Node:
        """Write a file where Sphinx collects downloads from."""
        path = self._folder() / name
        if not path.exists() or _digest(path.read_bytes()) != _digest(content):
            path.write_bytes(content)
        return addnodes.download_reference(
            "",
            "",
            nodes.Text(label),
            reftarget=self._reference(path),
            classes=["ib-download"],
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def visit_links(translator: Any, node: figure_links) -> None:
    """Open the line of links."""
    translator.body.append('<p class="ib-figure-links">')


def depart_links(translator: Any, node: figure_links) -> None:
    """Say how to cite the figure, and close the line."""
    if node["key"]:
        translator.body.append(
            f'<span>Cite as <a href="#{node["anchor"]}"><code>{node["key"]}</code></a>'
            "</span>"
        )
    translator.body.append("</p>\n")


def ignore(translator: Any, node: figure_links) -> None:
    """Write nothing in other builders."""
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the node and the transform."""
    app.add_node(
        figure_links,
        html=(visit_links, depart_links),
        latex=(ignore, None),
        text=(ignore, None),
    )
    app.add_transform(StoredFigures)
