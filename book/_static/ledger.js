// Sort and filter the ledger.  Without this script the table is complete.
"use strict";

(function () {
  const table = document.querySelector("table.ib-ledger");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];

  /** Numbers by size, claims by chapter and place, the rest by letters. */
  function compare(a, b) {
    return a.localeCompare(b, "en", { numeric: true, sensitivity: "base" });
  }
  function key(row, column) {
    return row.cells[column].textContent.trim();
  }
  function value(text) {
    const match = text.match(/-?\d+(\.\d+)?(e[+-]?\d+)?/i);
    return match ? parseFloat(match[0]) : Infinity;
  }

  function sortBy(column) {
    const head = heads[column];
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const numeric = ["predicted", "measured", "tolerance"].includes(
      head.textContent.trim()
    );
    rows
      .map((row, place) => ({ row, place, key: key(row, column) }))
      .sort((a, b) => {
        const order = numeric
          ? value(a.key) - value(b.key) || 0
          : compare(a.key, b.key);
        return (up ? order : -order) || a.place - b.place;
      })
      .forEach((item) => body.append(item.row));
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent.trim();
    button.addEventListener("click", () => sortBy(column));
    head.replaceChildren(button);
  });
  heads[0].setAttribute("aria-sort", "ascending");

  const chapters = [...new Set(rows.map((row) => key(row, 0).split(".")[0]))];
  const form = document.createElement("form");
  form.className = "ib-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the ledger");
  form.innerHTML =
    '<label>Words or numbers <input type="search" name="words"></label>' +
    '<label>Chapter <select name="chapter"><option value="">all</option>' +
    chapters.map((c) => "<option>" + c + "</option>").join("") +
    "</select></label><output></output>";
  const output = form.querySelector("output");

  function filter() {
    const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chapter = form.chapter.value;
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits =
        words.every((word) => text.includes(word)) &&
        (!chapter || key(row, 0).split(".")[0] === chapter);
      row.hidden = !fits;
      shown += fits;
    }
    output.textContent = shown + " of " + rows.length + " checks shown";
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
  const box = table.closest(".pst-scrollable-table-container") || table;
  box.before(form);
})();
