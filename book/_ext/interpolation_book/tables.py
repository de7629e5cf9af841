"""Build document tables from cells that may hold links and mathematics."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[nodes.Node]],
    *,
    classes: Sequence[str] = (),
    numeric: Sequence[int] = (),
    row_ids: Sequence[str] = (),
) -> nodes.table:
    """Return a table with a header row.

    Parameters
    ----------
    head : sequence of str
        The column titles.
    rows : sequence of sequences of nodes
        One inline node for each cell.
    classes : sequence of str
        Classes of the table.
    numeric : sequence of int
        Columns that are aligned to the right.
    row_ids : sequence of str
        An id for each row, or nothing.
    """
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    titles = nodes.row()
    titles += [_entry(nodes.Text(title), i in numeric) for i, title in enumerate(head)]
    group += nodes.thead("", titles)
    body = nodes.tbody()
    for k, cells in enumerate(rows):
        row = nodes.row(ids=[row_ids[k]] if row_ids else [])
        row += [_entry(cell, i in numeric) for i, cell in enumerate(cells)]
        body += row
    group += body
    whole = nodes.table(classes=["table", "colwidths-auto", *classes])
    whole += group
    return whole


def _entry(cell: nodes.Node, numeric: bool) -> nodes.entry:
    entry = nodes.entry(classes=["text-right"] if numeric else [])
    entry += nodes.paragraph("", "", cell)
    return entry
