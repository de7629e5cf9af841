"""Rewrite this image's copies of the chapters so that they read well in JupyterLab.

JupyterLab renders the book's boxes, theorems, exercises and equations.  It knows
neither the bibliography, nor the numbers and captions of drawn figures, nor
other chapters' labels, nor the tag that folds a cell's code away; unrewritten, a
citation shows as a bare key.  The website is built from the original files.

Run in the repository's root: ``python binder/lab_edition.py``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROLE = re.compile(r"\{(cite|cite:t|cite:p|numref|ref|eq|prf:ref)\}`([^`]+)`")
LABEL = re.compile(
    r"^[`:]{3,}\{(?:prf:)?([\w-]+)\}.*\n(?::(?!label)[\w-]+:.*\n)*:label: (\S+)", re.M
)
EQUATION = re.compile(r"\$\$ \((\S+)\)")


@dataclass(frozen=True)
class Work:
    """A bibliography entry: how it is cited, and how it is listed."""

    names: str
    year: str
    listed: str


def bibliography(text: str) -> dict[str, Work]:
    """Return the works in a BibTeX file by their keys."""
    works = {}
    for entry in re.split(r"^@", text, flags=re.M)[1:]:
        key = entry[entry.index("{") + 1 : entry.index(",")].strip()
        value = _fields(entry)
        authors = re.split(r"\s+and\s+", value.get("author", key))
        family = [name.split(",")[0].strip() for name in authors]
        names = family[0] + (" et al." if len(family) > 1 else "")
        if len(family) == 2 and family[1] != "others":
            names = " and ".join(family)
        full = ", ".join(" ".join(reversed(a.split(", ", 1))) for a in authors)
        venues = ("journal", "booktitle", "howpublished", "publisher", "note")
        venue = next((value[v] for v in venues if v in value), "")
        if "eprint" in value:
            venue = (
                f"[arXiv {value['eprint']}](https://arxiv.org/abs/{value['eprint']})"
            )
        if "doi" in value or "url" in value:
            address = value.get("url") or f"https://doi.org/{value['doi']}"
            venue = f"[{venue or address}]({address})"
        year = value.get("year", "n.d.")
        where = ", ".join(part for part in (venue, year) if part)
        listed = f"{full}. *{value.get('title', key)}*. {where}."
        works[key] = Work(names, year, listed.replace(", others.", ", and others."))
    return works


def _fields(entry: str) -> dict[str, str]:
    """Return an entry's fields as plain text; braces may be nested."""
    found = dict(re.findall(r"(\w+)\s*=\s*(\d+)", entry))
    for match in re.finditer(r"(\w+)\s*=\s*(?=[{\"])", entry):
        depth, start = 0, match.end()
        for end in range(start, len(entry)):
            depth += {"{": 1, "}": -1}.get(entry[end], 0)
            if depth == 0 and (end > start) and entry[end] in '}"':
                break
        found[match[1].lower()] = _plain(entry[start + 1 : end])
    return found


def _plain(tex: str) -> str:
    """Turn TeX's accents and ligatures into the characters they stand for."""
    marks = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308"}
    marks |= {"~": "\u0303", ".": "\u0307", "v": "\u030c", "c": "\u0327", "H": "\u030b"}
    tex = re.sub(
        r"\\(['`^\"~.]|[vcH](?=[{ ]))\s*\{?\\?([A-Za-z])\}?",
        lambda m: unicodedata.normalize("NFC", m[2] + marks[m[1]]),
        tex,
    )
    for sign, letter in {r"\o": "ø", r"\l": "ł", r"\ss": "ß", r"\&": "&"}.items():
        tex = tex.replace(sign, letter)
    return " ".join(re.sub(r"[{}]", "", tex).replace("--", "–").split())


@dataclass(frozen=True)
class Target:
    """What a label names: its kind, its number if it has one, and its chapter."""

    kind: str
    number: int | None
    file: str


def drawn_figures(notebook: nbformat.NotebookNode) -> list[tuple[int, dict[str, str]]]:
    """Return the position and the settings of each cell that draws a figure."""
    found = []
    for i, cell in enumerate(notebook.cells):
        figure = cell.metadata.get("mystnb", {}).get("figure")
        if figure:
            found.append((i, figure))
    return found


def targets(file: str, notebook: nbformat.NotebookNode) -> dict[str, Target]:
    """Return everything in a chapter that a role may point to."""
    found = {
        figure["name"]: Target("Figure", number, file)
        for number, (_, figure) in enumerate(drawn_figures(notebook), 1)
    }
    for cell in notebook.cells:
        for kind, label in LABEL.findall(cell.source):
            found[label] = Target(kind.capitalize(), None, file)
        for label in EQUATION.findall(cell.source):
            found[label] = Target("Equation", None, file)
    return found


class Edition:
    """Resolves the roles of one file and remembers the works it cites."""

    def __init__(
        self, file: str, works: dict[str, Work], known: dict[str, Target]
    ) -> None:
        self.file, self.works, self.known = file, works, known
        self.cited: set[str] = set()

    def text(self, markdown: str) -> str:
        """Replace the roles that JupyterLab cannot resolve."""
        return ROLE.sub(self._role, markdown)

    def references(self) -> str:
        """List the works cited, in the order of their authors' names."""
        works = sorted((self.works[key] for key in self.cited), key=lambda w: w.names)
        return "\n".join(["## References", "", *(f"- {w.listed}" for w in works)])

    def _role(self, match: re.Match[str]) -> str:
        role, content = match[1], match[2]
        if role.startswith("cite"):
            keys = [key.strip() for key in content.split(",")]
            known = all(key in self.works for key in keys)
            return self._citation(role, keys) if known else match[0]
        words, _, label = content.rpartition("<")
        target = self.known.get(label.rstrip("> "))
        if target is None or (target.number is None and target.file == self.file):
            return match[0]
        name = target.kind if target.number is None else f"Figure {target.number}"
        if words and target.number is not None:
            name = words.strip().replace("%s", str(target.number))
        if target.file == self.file:
            return name
        return f"{name} of [Chapter {int(target.file[:2])}]({target.file})"

    def _citation(self, role: str, keys: list[str]) -> str:
        self.cited.update(keys)
        works = [self.works[key] for key in keys]
        if role == "cite:t":
            return " and ".join(f"{work.names} ({work.year})" for work in works)
        return "(" + "; ".join(f"{work.names}, {work.year}" for work in works) + ")"


def rewrite(notebook: nbformat.NotebookNode, edition: Edition) -> None:
    """Rewrite a chapter in place; a second time changes nothing."""
    figures = drawn_figures(notebook)
    present = {cell.id for cell in notebook.cells}
    for number, (at, figure) in reversed(list(enumerate(figures, 1))):
        identifier = f"caption-{figure['name']}"[:64]
        if identifier not in present:
            caption = f"**Figure {number}.** {figure['caption'].strip()}"
            cell = nbformat.v4.new_markdown_cell(caption, id=identifier)
            notebook.cells.insert(at + 1, cell)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = edition.text(cell.source)
        if "hide-input" in cell.metadata.get("tags", []):
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
    if edition.cited:
        listed = nbformat.v4.new_markdown_cell(edition.references(), id="references")
        notebook.cells.append(listed)


def main(root: Path = Path()) -> None:
    """Rewrite every chapter and every page of the book below a folder."""
    works = bibliography((root / "book/references.bib").read_text(encoding="utf-8"))
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    chapters = {path: nbformat.read(path, as_version=4) for path in paths}
    known: dict[str, Target] = {}
    for path, notebook in chapters.items():
        known |= targets(path.name, notebook)
    for path, notebook in chapters.items():
        rewrite(notebook, Edition(path.name, works, known))
        nbformat.write(notebook, path)
    for page in (root / "book").glob("*.md"):
        edition = Edition(page.name, works, {})
        text = edition.text(page.read_text(encoding="utf-8"))
        if edition.cited:
            text = f"{text.rstrip()}\n\n{edition.references()}\n"
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
