// While files of the report are on their way: how far they are. The page works without this file.
"use strict";

(() => {
  const ASK_EVERY_MS = 800;
  const MOVING = ["waiting", "fetching"];
  const list = document.querySelector("[data-files]");
  const rows = new Map(
    [...list.querySelectorAll("[data-number]")].map((row) => [Number(row.dataset.number), row]),
  );

  function show(row, file) {
    row.querySelector("progress").value = file.held;
    row.querySelector(".progress-said").textContent = file.said;
  }

  async function ask() {
    const answer = await fetch(list.dataset.files, { redirect: "error" });
    if (!answer.ok) return;
    for (const file of await answer.json()) {
      const row = rows.get(file.number);
      if (!row) continue;
      const both = [row.dataset.state, file.state];
      // What can be done with a file changes with its state, and so does the page.
      if (both[0] !== both[1]) return location.reload();
      if (MOVING.includes(file.state)) show(row, file);
    }
    setTimeout(ask, ASK_EVERY_MS);
  }

  // A console that does not answer is noticed by the page's own clock.
  if ([...rows.values()].some((row) => MOVING.includes(row.dataset.state))) ask().catch(() => {});
})();
