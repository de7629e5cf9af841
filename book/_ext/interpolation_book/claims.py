"""Show the claim checks of a chapter as rows of a table, not as printed text."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from interpolab.ledger import Entry, parse

LEDGER = "book/ledger"


class claim_check(nodes.General, nodes.Element):  # noqa: N801 - a docutils node
    """One claim check; its children are the text for search and print."""


def anchor(claim: str) -> str:
    """Return the id of a claim's row on its chapter's page.

    >>> anchor("7.2b")
    'claim-7-2b'
    """
    return "claim-" + claim.replace(".", "-")


def ledger_anchor(claim: str) -> str:
    """Return the id of a claim's row on the ledger page."""
    return "ledger-" + claim.replace(".", "-")


class ClaimChecks(SphinxTransform):
    """Replace the lines that :func:`interpolab.ledger.check` printed."""

    default_priority = 210

    def apply(self, **kwargs: Any) -> None:
        """Replace the printed lines of every output of the page."""
        for block in list(self.document.findall(nodes.literal_block)):
            if "stream" not in block["classes"]:
                continue
            lines = block.astext().splitlines()
            parsed = [parse(line) for line in lines]
            if any(parsed):
                block.replace_self(
                    [
                        self._row(entry) if entry else self._text(line, block)
                        for line, entry in zip(lines, parsed, strict=True)
                        if entry or line.strip()
                    ]
                )

    def _row(self, entry: Entry) -> claim_check:
        row = claim_check(entry=entry, ids=[anchor(entry.claim)])
        row += nodes.paragraph("", str(entry).replace(" | ", ", "))
        if row["ids"][0] in self.document.ids:
            self.document.reporter.warning(f"claim {entry.claim} is checked twice")
        self.document.note_explicit_target(row)
        return row

    def _text(self, line: str, block: nodes.literal_block) -> nodes.literal_block:
        rest = block.copy()
        rest.rawsource = line
        rest += nodes.Text(line)
        return rest


def both_ways(entry: Entry) -> str:
    """Write the tolerance, with a sign where it holds in both directions."""
    one_sided = entry.predicted.startswith(("≥", "≤"))
    return entry.tolerance if one_sided else f"± {entry.tolerance}"


def visit_claim_check(translator: Any, node: claim_check) -> None:
    """Write a claim check as a labeled list of values."""
    entry: Entry = node["entry"]
    builder = translator.builder
    href = ""
    if LEDGER in builder.env.found_docs:
        docname = builder.current_docname
        href = builder.get_relative_uri(docname, LEDGER)
        href += "#" + ledger_anchor(entry.claim)
    state = "holds" if entry.holds else "fails"
    number = f"Claim {escape(entry.claim)}"
    if href:
        number = (
            f'<a class="ib-claim-number" href="{href}" '
            f'title="{number} in the ledger">{number}</a>'
        )
    values = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>"
        for name, value in (
            ("predicted", entry.predicted),
            ("measured", entry.measured),
            ("tolerance", both_ways(entry)),
        )
    )
    extra = "".join(
        f'<p class="ib-claim-{kind}">{text}</p>'
        for kind, text in (
            ("rival", f"Rules out {escape(entry.rival)}." if entry.rival else ""),
            ("note", escape(entry.note)),
        )
        if text
    )
    mark = "✓" if entry.holds else "✗"
    translator.body.append(
        f'<div class="ib-claim ib-{state}" id="{node["ids"][0]}" role="group" '
        f'aria-label="Check of claim {escape(entry.claim)}">'
        f'<div class="ib-claim-head">{number}</div>'
        f'<dl class="ib-claim-values">{values}'
        f'<div class="ib-claim-verdict"><dt>verdict</dt>'
        f'<dd><span aria-hidden="true">{mark}</span> {entry.verdict}</dd></div></dl>'
        f"{extra}</div>\n"
    )
    raise nodes.SkipNode


def pass_through(translator: Any, node: claim_check) -> None:
    """Leave the plain text to other builders."""


def setup(app: Sphinx) -> None:
    """Register the node and the transform."""
    app.add_node(
        claim_check,
        html=(visit_claim_check, pass_through),
        latex=(pass_through, pass_through),
        text=(pass_through, pass_through),
    )
    app.add_transform(ClaimChecks)
