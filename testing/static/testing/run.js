/* Moving over the cases of a run by key. The keys are `data-key` buttons, worked by agentops/keys.js; without this file
   the answers open with a click. */
(function () {
  "use strict";
  const keys = document.querySelector("[data-case-keys]");
  if (!keys) return;
  const rows = Array.from(document.querySelectorAll("[data-case]"));
  let current = -1;

  function show(index) {
    if (!rows.length) return;
    if (rows[current]) rows[current].classList.remove("current");
    current = Math.max(0, Math.min(index, rows.length - 1));
    rows[current].classList.add("current");
    rows[current].scrollIntoView({ block: "nearest" });
  }

  function open() {
    if (current < 0) show(0);
    if (rows[current]) rows[current].querySelector("summary").click();
  }

  const actions = {
    next: function () { show(current + 1); },
    previous: function () { show(current - 1); },
    open: open
  };

  keys.hidden = false;
  keys.addEventListener("click", function (event) {
    const button = event.target.closest("[data-go]");
    if (button) actions[button.dataset.go]();
  });
})();
