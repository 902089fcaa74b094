"use strict";
// Everything here is a convenience: without it the page still says all it has to say.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const status = document.getElementById("status");

  const key = (row, i, kind) => {
    const cell = row.cells[i];
    return kind === "number" ? Number(cell.dataset.v) : cell.textContent.trim().toLowerCase();
  };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  const sort = (table, th) => {
    const kind = th.dataset.sort;
    const first = kind === "number" ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = th.getAttribute("aria-sort") === first ? other : first;
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows].map((row) => [key(row, th.cellIndex, kind), row]);
    rows.sort((a, b) => sign * compare(a[0], b[0]));
    for (const header of all("th[data-sort]", table)) header.setAttribute("aria-sort", "none");
    th.setAttribute("aria-sort", order);
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  };

  for (const table of all("table.sortable")) {
    for (const th of all("th[data-sort]", table)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sorter";
      button.append(...th.childNodes);
      button.addEventListener("click", () => sort(table, th));
      th.append(button);
      if (!th.hasAttribute("aria-sort")) th.setAttribute("aria-sort", "none");
    }
  }

  for (const box of all(".columns")) {
    const rows = all("tbody tr", box);
    const details = new Map(
      all("details[data-i]", box.closest(".dataset")).map((d) => [d.dataset.i, d]),
    );
    const [name, severity, role] = all("[data-filter]", box);
    const shown = box.querySelector("[data-shown]");
    const open = box.querySelector("[data-open]");
    const filter = () => {
      const wanted = name.value.trim().toLowerCase();
      let count = 0;
      for (const row of rows) {
        const fits =
          row.cells[0].textContent.toLowerCase().includes(wanted) &&
          Number(row.dataset.rank) >= Number(severity.value) &&
          (!role.value || row.dataset.role === role.value);
        row.classList.toggle("off", !fits);
        details.get(row.dataset.i).classList.toggle("off", !fits);
        count += fits;
      }
      const total = rows.length.toLocaleString("en");
      const text = `${count.toLocaleString("en")} of ${total} columns`;
      shown.textContent = text;
      status.textContent = text;
    };
    for (const control of [name, severity, role]) control.addEventListener("input", filter);
    open.addEventListener("click", () => {
      const opening = open.textContent.startsWith("Open");
      for (const d of details.values()) d.open = opening;
      open.textContent = opening ? "Close all details" : "Open all details";
    });
    box.querySelector(".controls").hidden = false;
  }

  const copy = async (pre, button) => {
    try {
      await navigator.clipboard.writeText(pre.dataset.raw ?? pre.textContent);
      button.textContent = "Copied";
      status.textContent = "SQL copied";
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected: copy it by keyboard";
    }
  };
  for (const pre of all(".sql pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", () => copy(pre, button));
    pre.after(button);
  }

  const openTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const d of closed) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of closed) d.open = false;
  });
})();
