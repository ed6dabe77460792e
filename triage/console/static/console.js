// What pages do by themselves while the console is unlocked: the visible countdown, noticing that
// it was locked or that something arrived, and the keyboard. Every page works without this file.
"use strict";

(() => {
  const WARN_SECONDS = 60;
  const FIRST_STATUS_MS = 3000;
  const STATUS_EVERY_MS = 15_000;
  const ACTIVE_EVERY_MS = 20_000;

  const page = document.body.dataset;
  const countdown = document.getElementById("countdown");
  const soon = document.getElementById("soon");
  let endsAt = Date.now() + Number(page.secondsLeft) * 1000;
  let toldAt = Date.now();

  // ---- locking ----

  function leave() {
    // Nothing of a report may stay on the screen, or behind the Back button, once it is locked.
    document.body.replaceChildren();
    location.replace(page.unlock);
  }

  function setSecondsLeft(seconds) {
    endsAt = Date.now() + seconds * 1000;
    showCountdown();
  }

  function showCountdown() {
    const left = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
    countdown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    countdown.classList.toggle("low", left <= WARN_SECONDS);
    soon.hidden = left > WARN_SECONDS;
    if (left === 0) askStatus();
  }

  async function askStatus() {
    try {
      const answer = await fetch(page.status, { redirect: "error" });
      if (!answer.ok) return leave();
      const state = await answer.json();
      if (!state.unlocked) return leave();
      setSecondsLeft(state.seconds_left);
      document.getElementById("fresh").hidden = state.opened_in_all <= Number(page.opened);
    } catch {
      // The console was ended. Its keys are gone; what it showed goes too, when its time is up.
      if (Date.now() >= endsAt) leave();
    }
  }

  async function tellActive() {
    toldAt = Date.now();
    try {
      const body = new URLSearchParams({ token: page.token });
      const answer = await fetch(page.active, { method: "POST", body, redirect: "error" });
      if (answer.ok) setSecondsLeft((await answer.json()).seconds_left);
    } catch {
      // The next status question finds out what happened.
    }
  }

  function noteActivity() {
    if (Date.now() - toldAt >= ACTIVE_EVERY_MS) tellActive();
  }

  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart"]) {
    addEventListener(kind, noteActivity, { passive: true });
  }
  document.getElementById("stay").addEventListener("click", tellActive);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) askStatus();
  });
  setInterval(showCountdown, 1000);
  setInterval(askStatus, STATUS_EVERY_MS);
  // The sync that unlocking started has mostly ended by then.
  setTimeout(askStatus, FIRST_STATUS_MS);
  showCountdown();

  // ---- forms ----

  addEventListener("submit", (event) => {
    // A second click would be refused or do the same again; a search or a dialog may be repeated.
    // A form that only makes the browser save something leaves its page as it is.
    if (event.target.method !== "post" || "saves" in event.target.dataset) return;
    for (const button of event.target.querySelectorAll("button")) {
      if (button !== event.submitter) button.disabled = true;
      else setTimeout(() => { button.disabled = true; }, 0);
    }
  });

  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  // ---- keyboard ----

  const help = document.getElementById("keys");

  function step(by) {
    const rows = [...document.querySelectorAll(".row-link")];
    if (rows.length > 0) {
      const at = rows.indexOf(document.activeElement);
      const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
      rows[Math.min(rows.length - 1, Math.max(0, next))].focus();
      return;
    }
    document.getElementById(by > 0 ? "older" : "newer")?.click();
  }

  const SHORTCUTS = {
    j: () => step(1),
    k: () => step(-1),
    u: () => document.getElementById("up")?.click(),
    n: () => document.getElementById("next-file")?.click(),
    p: () => document.getElementById("previous-file")?.click(),
    "+": () => document.getElementById("zoom-in")?.click(),
    "-": () => document.getElementById("zoom-out")?.click(),
    "/": () => document.getElementById("q")?.focus(),
    "?": () => help.showModal(),
  };

  if (page.shortcuts === "on") {
    addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, select, textarea, dialog");
      if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const shortcut = Object.hasOwn(SHORTCUTS, event.key) ? SHORTCUTS[event.key] : null;
      if (!shortcut) return;
      event.preventDefault();
      shortcut();
    });
  }
})();
