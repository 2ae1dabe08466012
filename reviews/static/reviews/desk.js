/* The review desk: moving between criteria, answering them, quoting. The keys themselves are `data-key` buttons, worked by
   agentops/keys.js; without this file the desk is a plain form. Everything listens on the document, because the item shown is
   exchanged for the next one without a page load. */
window.desk = (function () {
  "use strict";
  const desk = {};
  let selected = "";

  desk.root = function () { return document.getElementById("desk"); };
  desk.form = function () { return document.getElementById("decide"); };

  /* POST a form's fields. The token comes from the cookie, if there is one: after a new log-in in another tab the field's is
     of no use any more. Redirected means to the log-in. */
  desk.post = function (url, body) {
    const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (cookie) body.set("csrfmiddlewaretoken", cookie[1]);
    return fetch(url, { method: "POST", body: body });
  };

  /* Said to screen readers; `loud` also shows it, for what a key could not do. */
  desk.say = function (text, loud) {
    let line = document.getElementById("said");
    if (!line) {
      line = document.createElement("p");
      line.id = "said";
      line.setAttribute("role", "status");
      document.getElementById("content").append(line);
    }
    line.className = loud ? "said" : "visually-hidden";
    line.textContent = line.textContent === text ? text + " " : text;
    clearTimeout(desk.fading);
    if (loud) desk.fading = setTimeout(function () { line.className = "visually-hidden"; }, 4000);
  };

  function criteria() { return Array.from(desk.form().querySelectorAll(".criterion")); }
  function current() { return desk.form().querySelector(".criterion.current") || criteria()[0]; }
  function name(criterion) { return criterion.querySelector("legend").textContent; }
  function given(criterion) { return criterion.querySelector("input[type=radio]:checked"); }
  function words(input) { return input ? input.closest("label").textContent.trim().toLowerCase() : "not answered"; }

  function described(criterion) {
    const all = criteria();
    return "Criterion " + (all.indexOf(criterion) + 1) + " of " + all.length + ": " + name(criterion) + " – " + words(given(criterion));
  }

  function count() {
    const all = criteria();
    document.getElementById("answered").textContent = all.filter(given).length + " of " + all.length;
  }

  /* On a phone the scorecard is below the transcript: a conversation that is opened is read from its beginning. */
  function scrollsAlone(form) { return getComputedStyle(form).overflowY !== "visible"; }

  function show(criterion) {
    const before = desk.form().querySelector(".criterion.current");
    if (before) before.classList.remove("current");
    criterion.classList.add("current");
    if (desk.form().dataset.ready === "yes" || scrollsAlone(desk.form())) criterion.scrollIntoView({ block: "nearest" });
    nameQuoteBar();
  }

  function move(step) {
    const all = criteria();
    show(all[Math.max(0, Math.min(all.indexOf(current()) + step, all.length - 1))]);
  }

  function changed() {
    count();
    desk.form().dispatchEvent(new Event("change", { bubbles: true }));
  }

  function set(criterion, value) { criterion.querySelector('input[type=radio][value="' + value + '"]').checked = true; }

  function answer(value) {
    const criterion = current();
    set(criterion, value);
    changed();
    move(1);
    desk.say(described(criterion) + (current() === criterion ? "" : ". Next: " + name(current())));
  }

  function judged() {
    if (criteria().some(function (criterion) { return criterion.dataset.judge; })) return true;
    desk.say("The judge is hidden until you have decided.", true);
    return false;
  }

  function accept() {
    if (!judged()) return;
    criteria().forEach(function (criterion) { if (criterion.dataset.judge) set(criterion, criterion.dataset.judge); });
    const open = criteria().find(function (criterion) { return !given(criterion); });
    show(open || criteria().at(-1));
    changed();
    desk.say(open ? "Answered as the judge; still open: " + name(open) : "All answered as the judge did.");
  }

  function acceptOne() {
    if (!judged()) return;
    const value = current().dataset.judge;
    if (value) answer(value);
    else desk.say("The judge did not answer this criterion.", true);
  }

  /* The judge's answer turned round, and on to the reason: the selected text as quote, the note for the rest. */
  function disagree() {
    if (!judged()) return;
    const criterion = current();
    const opposite = { pass: "fail", fail: "pass" }[criterion.dataset.judge];
    if (!opposite) {
      desk.say("The judge neither passed nor failed it: answer with P, F or N.", true);
      return;
    }
    set(criterion, opposite);
    selected = inTranscript() || selected;
    if (selected) take(criterion);
    const note = document.getElementById("note");
    const lead = name(criterion).replace(", critical", "") + ": ";
    if (!note.value.includes(lead)) note.value += (note.value && !note.value.endsWith("\n") ? "\n" : "") + lead;
    changed();
    note.focus();
    note.setSelectionRange(note.value.length, note.value.length);
    desk.say(described(criterion) + ", against the judge. Say why in the note.");
  }

  function showQuote(criterion) {
    const text = criterion.querySelector('input[name^="quote-"]').value;
    const shown = criterion.querySelector("[data-quote]");
    shown.hidden = !text;
    shown.querySelector("span").textContent = text ? "Your quote: “" + text + "”" : "";
  }

  function inTranscript() {
    const selection = getSelection();
    const transcript = document.querySelector(".transcript");
    const within = selection.rangeCount && transcript && transcript.contains(selection.getRangeAt(0).commonAncestorContainer);
    return within ? selection.toString().trim() : "";
  }

  function take(criterion) {
    criterion.querySelector('input[name^="quote-"]').value = selected;
    showQuote(criterion);
  }

  function quote() {
    selected = inTranscript() || selected;
    if (!selected) {
      desk.say("Select a passage of the transcript first.", true);
      return;
    }
    take(current());
    selected = "";
    getSelection().removeAllRanges();
    changed();
    desk.say("Quoted for " + name(current()) + ".");
  }

  function unquote(button) {
    const criterion = button.closest(".criterion");
    criterion.querySelector('input[name^="quote-"]').value = "";
    showQuote(criterion);
    changed();
    desk.say("Quote removed from " + name(criterion) + ".");
  }

  const actions = {
    next: function () { move(1); desk.say(described(current())); },
    previous: function () { move(-1); desk.say(described(current())); },
    pass: function () { answer("pass"); },
    fail: function () { answer("fail"); },
    na: function () { answer("na"); },
    accept: accept,
    acceptOne: acceptOne,
    disagree: disagree,
    quote: quote,
    unquote: unquote
  };

  function nameQuoteBar() {
    const bar = document.getElementById("quote-bar");
    if (bar) bar.querySelector("span").textContent = name(current()).replace(", critical", "");
  }

  /* Kept as it changes: a finger that taps the button may already have ended the selection. */
  document.addEventListener("selectionchange", function () {
    const text = inTranscript();
    const bar = document.getElementById("quote-bar");
    if (text || !document.activeElement.closest("#quote-bar")) selected = text;
    if (bar) bar.hidden = !selected;
  });

  document.addEventListener("pointerdown", function (event) {
    if (event.target.closest("#quote-bar, [data-desk=quote]")) event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    if (!desk.form()) return;
    const button = event.target.closest("[data-desk]");
    if (button) { actions[button.dataset.desk](button); return; }
    const criterion = event.target.closest("#decide .criterion");
    if (criterion) show(criterion);
  });

  document.addEventListener("focusin", function (event) {
    const criterion = event.target.closest("#decide .criterion");
    if (criterion && event.target.matches(":focus-visible")) show(criterion);
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches && event.target.matches("#decide .criterion input[type=radio]")) count();
  });

  /* In the skip dialog digits choose a reason; any other letter begins one in words. */
  document.addEventListener("keydown", function (event) {
    const dialog = event.target.closest("#skip-dialog");
    if (!dialog || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^\p{L}$/u.test(event.key)) dialog.querySelector("input[name=reason]").focus();
  });

  /* A finding is made when its box is ticked; opening it by key or mouse ticks it. */
  function readyFinding(finding) {
    const box = finding.querySelector("input[type=checkbox]");
    finding.addEventListener("toggle", function () {
      if (box.checked === finding.open) return;
      box.checked = finding.open;
      if (finding.open) finding.querySelector("textarea, input:not([type=checkbox])").focus();
      changed();
    });
  }

  /* Make an item that has just been put on the page ready for keys. */
  desk.ready = function () {
    const form = desk.form();
    if (!form || form.dataset.ready) return;
    form.dataset.ready = "begun";
    form.querySelector(".desk-keys").hidden = false;
    form.querySelectorAll("[data-dialog]").forEach(function (button) { button.hidden = false; });
    form.querySelectorAll("details.finding").forEach(readyFinding);
    if (window.combobox) form.querySelectorAll("select[data-combobox]").forEach(window.combobox);
    criteria().forEach(showQuote);
    count();
    show(criteria().find(function (criterion) { return !given(criterion); }) || criteria().at(-1));
    form.dataset.ready = "yes";
    document.querySelectorAll(".plain-skip").forEach(function (plain) { plain.hidden = true; });
    document.dispatchEvent(new Event("desk:shown"));
  };

  desk.ready();
  return desk;
})();
