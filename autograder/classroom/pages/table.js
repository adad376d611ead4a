// Sorting by a click on a heading, and a search over the rows; a page without scripts shows the same table.
for (const table of document.querySelectorAll("table.sorted")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const value = (row, at) => row.cells[at].dataset.value ?? row.cells[at].textContent.trim();
  const compare = (a, b) => {
    const x = parseFloat(a), y = parseFloat(b);
    if (a !== "" && b !== "" && !isNaN(a) && !isNaN(b)) return x - y;
    if ((a === "") !== (b === "")) return a === "" ? -1 : 1;
    return a.localeCompare(b);
  };
  heads.forEach((head, at) => head.querySelector("button")?.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...body.rows].sort((a, b) => compare(value(a, at), value(b, at)) * (up ? 1 : -1));
    body.append(...rows);
  }));
  const search = document.querySelector(`input[data-table="${table.id}"]`);
  search?.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of body.rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
}
