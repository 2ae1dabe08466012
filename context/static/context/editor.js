/* The editors of prompt and documents: typed text is kept in the browser until it is saved, leaving the page with unsaved
   changes asks first, and Ctrl+S saves. Without this file the page works; text is then kept by saving it. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-keep-text]");
  if (!form) return;
  const key = "agentops:text:" + location.pathname + location.search.replace(/&?against=[^&]*/, "");
  const kept = document.querySelector("[data-kept]");
  let timer = 0;
  let leaving = false;

  function fields() {
    return Array.from(form.elements).filter(function (field) {
      return field.name && field.type !== "hidden" && field.type !== "submit";
    });
  }

  function values() {
    return Object.fromEntries(fields().map(function (field) { return [field.name, field.value]; }));
  }

  function seen() {
    return form.elements.seen ? form.elements.seen.value : "";
  }

  function isChanged() {
    return JSON.stringify(values()) !== start;
  }

  function keep(sent) {
    try {
      if (!isChanged()) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ at: Date.now(), seen: seen(), sent: sent, values: values() }));
    } catch (error) { /* No room, or storage is switched off: saving still works. */ }
  }

  function read() {
    try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; }
  }

  function forget() {
    try { localStorage.removeItem(key); } catch (error) { /* As above. */ }
    if (kept) kept.hidden = true;
  }

  function offer() {
    const found = read();
    if (!found) return;
    const saved = found.sent && found.seen !== seen();
    if (saved || JSON.stringify(found.values) === JSON.stringify(values())) { forget(); return; }
    kept.querySelector("[data-kept-when]").textContent = " since " + new Date(found.at).toLocaleString() +
      (found.seen !== seen() ? "; somebody changed what is stored since" : "");
    kept.hidden = false;
    kept.querySelector("[data-kept-restore]").addEventListener("click", function () {
      fields().forEach(function (field) {
        if (!(field.name in found.values)) return;
        field.value = found.values[field.name];
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
      kept.hidden = true;
    });
    kept.querySelector("[data-kept-drop]").addEventListener("click", forget);
  }

  /* What the server sent back unsaved, with what is wrong or for a preview, is not stored anywhere. */
  const start = "unsaved" in form.dataset ? "" : JSON.stringify(values());
  if (kept) offer();

  form.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(function () { keep(false); }, 300);
  });
  form.addEventListener("submit", function () {
    clearTimeout(timer);
    leaving = true;
    keep(true);
  });
  window.addEventListener("beforeunload", function (event) {
    if (leaving || !isChanged()) return;
    keep(false);
    event.preventDefault();
  });
  window.addEventListener("pageshow", function () { leaving = false; });
  document.addEventListener("keydown", function (event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    const save = form.querySelector("[data-key='mod+enter']");
    if (save && !save.disabled && !event.repeat) form.requestSubmit(save);
  });
})();
