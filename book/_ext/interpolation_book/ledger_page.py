"""The ledger of claims: one row for every claim check stored in a notebook."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from interpolab.ledger import Entry
from interpolation_book import stored
from interpolation_book.claims import LEDGER, anchor, ledger_anchor
from interpolation_book.tables import table

CLAIMS = "book/claims.yml"
HEAD = (
    "claim",
    "statement",
    "source",
    "predicted",
    "measured",
    "tolerance",
    "rules out",
    "verdict",
)
ERRATUM = re.compile(r"\{admonition\}\s+Erratum\s+(E\d+)")
logger = logging.getLogger(__name__)


def statements(env: BuildEnvironment) -> dict[str, dict[str, str]]:
    """Return each claim's statement and source, by its number."""
    path = Path(env.srcdir) / CLAIMS
    if not path.is_file():
        return {}
    listed = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return {str(claim["id"]): claim for claim in listed}


def place(claim: str) -> tuple[int, int, str]:
    """Return what claims are ordered by.

    >>> sorted(["10.1", "7.10", "7.2b", "7.2"], key=place)
    ['7.2', '7.2b', '7.10', '10.1']
    """
    chapter, rest = claim.split(".")
    number = rest.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(chapter), int(number), rest[len(number) :]


def checks(env: BuildEnvironment) -> list[tuple[str, Entry]]:
    """Return page and entry of every check in the book, by their numbers."""
    found = []
    for docname in stored.chapters(env):
        path = stored.notebook_path(env, docname)
        if path is not None:
            found += [(docname, entry) for entry in stored.claim_entries(path)]
    return sorted(found, key=lambda pair: place(pair[1].claim))


def errata(env: BuildEnvironment) -> set[str]:
    """Return the errata of the sources that the chapters settle."""
    found: set[str] = set()
    for docname in stored.chapters(env):
        path = stored.notebook_path(env, docname)
        for cell in stored.cells(path) if path else []:
            if cell["cell_type"] == "markdown":
                found.update(ERRATUM.findall(stored.text(cell["source"])))
    return found


def source(listed: dict[str, Any]) -> str:
    """Write where a claim comes from, and the errata that it decides, in MyST."""
    parts = []
    if listed.get("source"):
        parts.append(f"{{cite:t}}`{listed['source']}`")
    parts += [f"[{number}](errata.md)" for number in listed.get("errata", [])]
    return ", ".join(parts)


def is_main(claim: str) -> bool:
    """Return whether a check settles a claim of its own, not a part of one."""
    return not claim[-1].isalpha()


class Ledger(SphinxDirective):
    """The directive ``ledger``: a summary and the table of all checks."""

    def run(self) -> list[nodes.Node]:
        """Build the table from the notebooks and the list of statements."""
        found = checks(self.env)
        about = statements(self.env)
        self._note_dependencies()
        self._complain(found, about)
        if not found:
            return [nodes.paragraph("", "No claim has been checked yet.")]
        rows = [self._row(docname, entry, about) for docname, entry in found]
        ids = [ledger_anchor(entry.claim) for _, entry in found]
        return [
            nodes.paragraph("", summary(found), classes=["ib-ledger-summary"]),
            table(HEAD, rows, classes=["ib-ledger"], row_ids=ids),
        ]

    def _note_dependencies(self) -> None:
        self.env.note_dependency(str(Path(self.env.srcdir) / CLAIMS))
        for docname in stored.chapters(self.env):
            self.env.note_dependency(str(self.env.doc2path(docname)))

    def _complain(self, found: list[tuple[str, Entry]], about: dict[str, Any]) -> None:
        """Warn of claims without a check and of checks without a claim."""
        if not about:
            return
        checked = [entry.claim for _, entry in found]
        in_book = {int(Path(d).name[:2]) for d in stored.chapters(self.env)}
        problems = [
            f"claim {claim} of {CLAIMS} has no check"
            for claim in about
            if int(claim.split(".")[0]) in in_book and claim not in checked
        ]
        problems += [
            f"claim {claim} has no statement in {CLAIMS}"
            for claim in checked
            if is_main(claim) and claim not in about
        ]
        problems += [
            f"claim {claim} is checked {checked.count(claim)} times"
            for claim in sorted(set(checked))
            if checked.count(claim) > 1
        ]
        for problem in problems:
            logger.warning(problem, location=self.get_location())

    def _row(self, docname: str, entry: Entry, about: dict[str, Any]) -> list:
        listed = about.get(entry.claim, {})
        statement = listed.get("statement", "")
        if not statement and not is_main(entry.claim):
            statement = f"Supports {entry.claim.rstrip('abcdefghijklmnopqrstuvwxyz')}"
            statement += f": {entry.note}." if entry.note else "."
        verdict = nodes.inline("", ("✓ " if entry.holds else "✗ ") + entry.verdict)
        verdict["classes"] = ["ib-holds" if entry.holds else "ib-fails"]
        return [
            self._link(docname, entry.claim),
            self._inline(statement),
            self._inline(source(listed)),
            nodes.Text(entry.predicted),
            nodes.Text(entry.measured),
            nodes.Text(entry.tolerance),
            nodes.Text(entry.rival),
            verdict,
        ]

    def _link(self, docname: str, claim: str) -> nodes.Node:
        return claim_link(docname=docname, claim=claim)

    def _inline(self, text: str) -> nodes.Node:
        parsed, _ = self.state.inline_text(text, self.lineno)
        return nodes.inline("", "", *parsed)


class claim_link(nodes.Inline, nodes.TextElement):  # noqa: N801 - a docutils node
    """A link from the ledger to the check on its chapter's page."""


def visit_claim_link(translator: Any, node: claim_link) -> None:
    """Write the link."""
    builder = translator.builder
    href = builder.get_relative_uri(builder.current_docname, node["docname"])
    href += "#" + anchor(node["claim"])
    about = escape(node.get("statement", ""), quote=True)
    title = f' title="{about}"' if about else ""
    translator.body.append(f'<a href="{href}"{title}>{node["claim"]}</a>')
    raise nodes.SkipNode


def visit_claim_text(translator: Any, node: claim_link) -> None:
    """Write the number only."""
    translator.add_text(node["claim"])
    raise nodes.SkipNode


def summary(found: list[tuple[str, Entry]]) -> str:
    """Say how many checks there are and how many hold."""
    claims = sum(is_main(entry.claim) for _, entry in found)
    parts = len(found) - claims
    chapters = len({docname for docname, _ in found})
    failing = [entry.claim for _, entry in found if not entry.holds]
    verdict = "All hold." if not failing else f"Not holding: {', '.join(failing)}."
    supporting = f" and {counted(parts, 'supporting check')}" if parts else ""
    return (
        f"{counted(claims, 'claim')}{supporting} from "
        f"{counted(chapters, 'chapter')}. {verdict}"
    )


def counted(number: int, thing: str) -> str:
    """Write a number of things."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


class ClaimCount(SphinxRole):
    """The role ``claim-count``: a number counted when the book is built.

    Its text is ``claims``, ``checks``, ``errata`` or ``chapters``.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Count."""
        counts = {
            "claims": lambda: sum(is_main(e.claim) for _, e in checks(self.env)),
            "checks": lambda: len(checks(self.env)),
            "errata": lambda: len(errata(self.env)),
            "chapters": lambda: len(stored.chapters(self.env)),
        }
        if self.text not in counts:
            message = self.inliner.reporter.error(
                f"claim-count counts {', '.join(counts)}; not {self.text!r}",
                line=self.lineno,
            )
            return [], [message]
        for docname in stored.chapters(self.env):
            self.env.note_dependency(str(self.env.doc2path(docname)))
        return [nodes.Text(str(counts[self.text]()))], []


class ClaimReference(SphinxRole):
    """The role ``claim``: a claim's number, linked to its check in the chapter.

    A claim of a chapter that is not in the book yet stays plain text; one that its
    chapter does not check is an error.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Link."""
        about = statements(self.env)
        if self.text not in about:
            return [], [self._error(f"{CLAIMS} has no claim {self.text!r}")]
        for docname in stored.chapters(self.env):
            self.env.note_dependency(str(self.env.doc2path(docname)))
            if int(Path(docname).name[:2]) == int(self.text.split(".")[0]):
                link = claim_link(docname=docname, claim=self.text)
                link["statement"] = about[self.text]["statement"].strip()
                return [link], []
        return [nodes.Text(self.text)], []

    def _error(self, message: str) -> nodes.system_message:
        return self.inliner.reporter.error(message, line=self.lineno)


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the sorting and filtering script on the ledger's page only."""
    if pagename == LEDGER:
        app.add_js_file("ledger.js", defer="defer")


def setup(app: Sphinx) -> None:
    """Register the directive, the roles, the link and the script."""
    app.connect("html-page-context", add_script)
    app.add_node(
        claim_link,
        html=(visit_claim_link, None),
        text=(visit_claim_text, None),
    )
    app.add_directive("ledger", Ledger)
    app.add_role("claim-count", ClaimCount())
    app.add_role("claim", ClaimReference())
