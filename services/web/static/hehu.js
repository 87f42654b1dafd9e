// Small comforts; every page works without them.
"use strict";
(function () {
  const summary = document.getElementById("errors");
  if (summary) summary.focus();

  // "/" and Ctrl+K go to the search box; the single key can be switched off on the account page (WCAG 2.1.4).
  const OFF = "hehu-no-single-keys";
  const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    const search = document.getElementById("search");
    if (!search) return;
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target) && !off();
    if (slash || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
  document.querySelectorAll("[data-single-keys]").forEach((box) => {
    box.closest("[hidden]")?.removeAttribute("hidden");
    box.checked = !off();
    box.addEventListener("change", () => { try { localStorage.setItem(OFF, box.checked ? "0" : "1"); } catch { /* private window */ } });
  });

  // A form that was changed warns before it is left; one that was sent is not sent twice.
  let changed = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-draft]")) changed = true; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  document.addEventListener("submit", (event) => {
    changed = false;
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) button.setAttribute("aria-disabled", "true");
    // A lost network brings the page back as it was: let the button be pressed again; the token keeps it single.
    setTimeout(() => { delete form.dataset.sent; if (button) button.removeAttribute("aria-disabled"); }, 8000);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => navigator.clipboard?.writeText(button.dataset.copy));
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  document.body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf]").content;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
})();
