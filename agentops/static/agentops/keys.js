/* Keyboard: an element with data-key="x" is activated by that key ("g d" is two keys in a row, "mod+enter" works while
   typing, "shift+a" is with Shift); "?" lists every key of the page. Also: menus close, rows open, dialogs open, the page never needs this file. */
(function () {
  "use strict";
  let first = "";
  let timer = 0;

  function typing(target) {
    return target.closest("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])") !== null;
  }

  function activate(element) {
    if (element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) element.focus();
    else element.click();
    if (element.getAttribute("role") === "combobox") element.click();
  }

  /* The name of the key as data-key gives it; Shift counts with letters alone, it makes "?" and "/" on some keyboards. */
  function named(event) {
    const key = event.key.toLowerCase();
    return event.shiftKey && /^\p{L}$/u.test(key) ? "shift+" + key : key;
  }

  function find(key) {
    const scope = document.querySelector("dialog[open]") || document;
    return Array.from(scope.querySelectorAll("[data-key]")).find(function (element) {
      return element.dataset.key.toLowerCase() === key && !element.disabled && element.getClientRects().length > 0;
    });
  }

  function showKeys() {
    const dialog = document.getElementById("keys");
    if (!dialog || dialog.open) return;
    const list = dialog.querySelector("dl");
    list.replaceChildren();
    const seen = new Set();
    const all = Array.from(document.querySelectorAll("[data-key]"));
    /* The page's own keys first; "g d" cannot be pressed where "g" alone is a key. */
    all.sort(function (a, b) { return Boolean(a.closest(".sidebar")) - Boolean(b.closest(".sidebar")); });
    all.forEach(function (element) {
      if (seen.has(element.dataset.key) || element.getClientRects().length === 0) return;
      if (element.dataset.key.includes(" ") && find(element.dataset.key.split(" ")[0])) return;
      seen.add(element.dataset.key);
      const term = document.createElement("dt");
      element.dataset.key.split(" ").forEach(function (part) {
        const kbd = document.createElement("kbd");
        kbd.textContent = part.replace("mod+enter", "Ctrl Enter").replace("shift+", "Shift ");
        term.append(kbd, " ");
      });
      const what = document.createElement("dd");
      what.textContent = element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.trim();
      list.append(term, what);
    });
    dialog.showModal();
  }

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.keyCode === 229) return;
    const mod = event.ctrlKey || event.metaKey;
    if (mod && event.key === "Enter") {
      const submit = find("mod+enter");
      if (submit && !event.repeat) { event.preventDefault(); activate(submit); }
      return;
    }
    if (mod || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) { menu.open = false; });
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    if (event.repeat && event.key !== "j" && event.key !== "k") return;
    if (event.key === "?") { event.preventDefault(); showKeys(); return; }
    const key = named(event);
    const element = (first && find(first + " " + key)) || find(key);
    clearTimeout(timer);
    first = element ? "" : key;
    timer = setTimeout(function () { first = ""; }, 900);
    if (element) { event.preventDefault(); activate(element); }
  });

  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const opener = event.target.closest("[data-dialog]");
    if (opener) { event.preventDefault(); document.getElementById(opener.dataset.dialog).showModal(); return; }
    const closer = event.target.closest("[data-close]");
    if (closer) { closer.closest("dialog").close(); return; }
    const copier = event.target.closest("[data-copy]");
    if (copier) navigator.clipboard.writeText(document.getElementById(copier.dataset.copy).textContent.trim());
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, label, summary") && !getSelection().toString()) {
      location.assign(row.dataset.href);
    }
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
})();
