// The unlock page: shows the passphrase on request, and says that unlocking takes a moment.
"use strict";

(() => {
  const form = document.querySelector("form.unlock");
  if (!form) return;
  const field = form.querySelector("#passphrase");
  const reveal = form.querySelector("#reveal");

  reveal.hidden = false;
  reveal.parentElement.classList.add("revealable");
  reveal.addEventListener("click", () => {
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(show));
    reveal.textContent = show ? reveal.dataset.hide : reveal.dataset.show;
    field.focus();
  });

  form.addEventListener("submit", () => {
    // Never let a browser keep the passphrase as a text field's history.
    field.type = "password";
    const button = form.querySelector("#unlock-button");
    button.disabled = true;
    button.textContent = form.dataset.working;
  });

  // A page that comes back from the browser's memory would show a disabled button.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
