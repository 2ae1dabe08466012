/* The list of disagreements by key: J and K move, the other keys press a button of the row that is current. The keys are
   `data-key` buttons, worked by agentops/keys.js; without this file every row has its own buttons. */
(function () {
  "use strict";
  const list = document.getElementById("disagreements");
  const keys = document.getElementById("disagreement-keys");
  if (!list || !keys) return;
  let current = 0;

  function rows() {
    return Array.from(list.querySelectorAll(".disagreement"));
  }

  function show(index) {
    const all = rows();
    current = Math.max(0, Math.min(index, all.length - 1));
    all.forEach(function (row, place) {
      row.classList.toggle("current", place === current);
      if (place === current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    all[current].scrollIntoView({ block: "nearest" });
  }

  function press(name) {
    const button = rows()[current].querySelector('[data-act="' + name + '"]');
    if (button) button.click();
  }

  keys.addEventListener("click", function (event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const name = button.dataset.do;
    if (name === "next") show(current + 1);
    else if (name === "previous") show(current - 1);
    else press(name);
  });

  list.addEventListener("htmx:afterSettle", function () { show(current); });

  keys.hidden = false;
  show(0);
})();
