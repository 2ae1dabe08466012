/* The review desk: moving between criteria and answering them by key. The keys themselves are `data-key` buttons, worked by
   agentops/keys.js; without this file the desk is a plain form. */
(function () {
  "use strict";
  const form = document.getElementById("decide");
  if (!form) return;
  const criteria = Array.from(form.querySelectorAll(".criterion"));
  const answered = document.getElementById("answered");
  let current = -1;

  form.querySelector(".desk-keys").hidden = false;
  form.querySelectorAll("[data-dialog]").forEach(function (button) { button.hidden = false; });

  function radio(criterion, value) {
    return criterion.querySelector('input[type=radio][value="' + value + '"]');
  }

  function isAnswered(criterion) {
    return criterion.querySelector("input[type=radio]:checked") !== null;
  }

  function count() {
    answered.textContent = criteria.filter(isAnswered).length + " of " + criteria.length;
  }

  function show(index) {
    if (criteria[current]) criteria[current].classList.remove("current");
    current = Math.max(0, Math.min(index, criteria.length - 1));
    criteria[current].classList.add("current");
    criteria[current].scrollIntoView({ block: "nearest" });
  }

  function changed() {
    count();
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function answer(value) {
    radio(criteria[current], value).checked = true;
    changed();
    show(current + 1);
  }

  function accept() {
    criteria.forEach(function (criterion) {
      const value = criterion.dataset.judge;
      if (value) radio(criterion, value).checked = true;
    });
    const open = criteria.findIndex(function (criterion) { return !isAnswered(criterion); });
    show(open < 0 ? criteria.length - 1 : open);
    changed();
  }

  function showQuote(criterion) {
    const text = criterion.querySelector('input[name^="quote-"]').value;
    const shown = criterion.querySelector("[data-quote]");
    shown.hidden = !text;
    shown.textContent = text ? "Your quote: “" + text + "”" : "";
  }

  function quote() {
    const selection = getSelection();
    const within = selection.rangeCount && document.querySelector(".transcript").contains(selection.getRangeAt(0).commonAncestorContainer);
    if (!within || !selection.toString().trim()) return;
    criteria[current].querySelector('input[name^="quote-"]').value = selection.toString().trim();
    showQuote(criteria[current]);
    changed();
  }

  const actions = {
    next: function () { show(current + 1); },
    previous: function () { show(current - 1); },
    pass: function () { answer("pass"); },
    fail: function () { answer("fail"); },
    na: function () { answer("na"); },
    accept: accept,
    quote: quote
  };

  form.addEventListener("click", function (event) {
    const button = event.target.closest("[data-desk]");
    if (button) actions[button.dataset.desk]();
  });

  form.addEventListener("change", function (event) {
    if (!event.target.matches || !event.target.matches(".criterion input[type=radio]")) return;
    show(criteria.indexOf(event.target.closest(".criterion")));
    count();
  });

  /* A finding is made when its box is ticked; opening it by key or mouse ticks it. */
  form.querySelectorAll("details.finding").forEach(function (finding) {
    const box = finding.querySelector("input[type=checkbox]");
    finding.addEventListener("toggle", function () {
      box.checked = finding.open;
      if (finding.open) finding.querySelector("textarea, input:not([type=checkbox])").focus();
      changed();
    });
  });

  criteria.forEach(showQuote);
  count();
  const first = criteria.findIndex(function (criterion) { return !isAnswered(criterion); });
  show(first < 0 ? criteria.length - 1 : first);
})();
