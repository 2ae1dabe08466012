/* Working a list by key: moving, choosing rows, and pressing a button of the row one is at. The keys are `data-key` buttons,
   worked by agentops/keys.js; without this file boxes and buttons are pressed by hand. A row is a child of [data-row-list]
   with a check box; a key button with data-row="press" presses the row's [data-press] of its data-what. */
(function () {
  "use strict";
  const form = document.querySelector("[data-rows]");
  if (!form) return;
  const rows = Array.from(document.querySelectorAll("[data-row-list] > *")).filter(function (row) { return box(row); });
  let current = -1;

  function box(row) {
    return row.querySelector("input[type=checkbox]");
  }

  function show(index) {
    if (!rows.length) return;
    if (rows[current]) rows[current].classList.remove("current");
    current = Math.max(0, Math.min(index, rows.length - 1));
    rows[current].classList.add("current");
    rows[current].scrollIntoView({ block: "nearest" });
  }

  function choose() {
    if (current < 0) show(0);
    if (rows[current]) box(rows[current]).checked = !box(rows[current]).checked;
    show(current + 1);
  }

  /* With data-rows="current" the actions of the form mean the current row where none is chosen. */
  function chooseCurrent() {
    if (form.dataset.rows !== "current" || !rows[current]) return;
    if (!rows.some(function (row) { return box(row).checked; })) box(rows[current]).checked = true;
  }

  function open() {
    if (rows[current] && rows[current].dataset.href) location.assign(rows[current].dataset.href);
  }

  function all() {
    const chosen = rows.every(function (row) { return box(row).checked; });
    rows.forEach(function (row) { box(row).checked = !chosen; });
  }

  function press(what) {
    if (current < 0) { show(0); return; }
    const button = rows[current] && rows[current].querySelector("[data-press=" + what + "]");
    if (!button) return;
    button.click();
    const field = button.parentElement.querySelector("input[type=text]");
    if (button.matches("summary") && field) field.focus();
  }

  const actions = {
    next: function () { show(current + 1); },
    previous: function () { show(current - 1); },
    choose: choose,
    open: open,
    all: all,
    press: function (button) { press(button.dataset.what); }
  };

  form.querySelector("[data-row-keys]").hidden = false;
  form.addEventListener("click", function (event) {
    const button = event.target.closest("[data-row]");
    if (button) actions[button.dataset.row](button);
    else if (event.target.closest("button:not([type=button])")) chooseCurrent();
  });
})();
