/* Drafts of the desk: saved as they are typed, tried again when the network fails, never written over by an older tab. */
(function () {
  "use strict";
  const desk = window.desk;
  if (!desk.form()) return;
  const LONGEST_WAIT = 30000;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("agentops-desk") : null;
  const tab = Math.random().toString(36).slice(2);
  let timer = 0;
  let failures = 0;
  let leaving = false;
  let saving = Promise.resolve();

  function item() { return desk.root() ? desk.root().dataset.item : ""; }

  function told(text) {
    const line = document.getElementById("saved");
    if (line.textContent !== text) line.textContent = text;
  }

  desk.tell = function (kind, about, more) {
    if (channel) channel.postMessage(Object.assign({ kind: kind, item: about, tab: tab }, more));
  };

  /* A notice at the end of the scorecard, which is always in sight, with buttons: what happened to this item, and what can be done. */
  desk.notice = function (text, choices) {
    const form = desk.form();
    let box = form.querySelector(".desk-notice");
    if (box) box.remove();
    if (!text) return;
    box = document.createElement("div");
    box.className = "notice warn desk-notice";
    box.setAttribute("role", "alert");
    const line = document.createElement("span");
    line.textContent = text;
    const actions = document.createElement("span");
    actions.className = "actions";
    choices.forEach(function (choice) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = choice[0] + " ";
      const kbd = document.createElement("kbd");
      kbd.textContent = choice[1].toUpperCase();
      button.dataset.key = choice[1];
      button.dataset.keyLabel = choice[0];
      button.append(kbd);
      button.addEventListener("click", choice[2]);
      actions.append(button);
    });
    box.append(line, actions);
    form.querySelector("footer").prepend(box);
  };

  function reload() {
    leaving = true;
    location.reload();
  }

  /* On to what the desk has next, without a question about what was typed here. */
  desk.goOn = function () {
    leaving = true;
    location.assign(desk.root().dataset.home || location.href);
  };

  function keepMine() {
    const form = desk.form();
    delete form.dataset.stopped;
    delete form.dataset.version;
    desk.notice("");
    save();
  }

  desk.stopped = function (state, message) {
    const form = desk.form();
    form.dataset.stopped = state;
    told("");
    if (state === "edited") {
      desk.notice(message, [["Load it", "l", reload], ["Keep what is here", "o", keepMine]]);
    } else {
      delete form.dataset.unsaved;
      desk.notice(message, [["Go on to the next", "l", desk.goOn]]);
    }
  };

  function failed(form, why) {
    form.dataset.unsaved = "yes";
    failures += 1;
    if (form === desk.form()) told((why || "Not saved") + " – trying again");
    wait(Math.min(LONGEST_WAIT, 1000 * 2 ** failures));
  }

  function wait(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  }

  async function send(form, about) {
    const body = new FormData(form);
    if (form.dataset.version) body.set("draft_version", form.dataset.version);
    delete form.dataset.unsaved;
    let answer;
    let found = {};
    try {
      answer = await desk.post(form.dataset.draftUrl, body);
      if ((answer.headers.get("content-type") || "").startsWith("application/json")) found = await answer.json();
    } catch (error) {
      failed(form);
      return;
    }
    if (answer.ok && found.state) {
      failures = 0;
      if (found.version) form.dataset.version = found.version;
      if (form === desk.form()) told(form.dataset.unsaved ? "" : "Draft saved");
      if (about) desk.tell("saved", about, { version: found.version });
    } else if (found.state && form === desk.form()) desk.stopped(found.state, found.message);
    else if (!found.state) failed(form, answer.redirected || answer.status === 403 ? "Not saved: log in in another tab" : "");
  }

  function save() {
    const form = desk.form();
    const about = item();
    clearTimeout(timer);
    if (!form || form.dataset.stopped || form.dataset.sending) return;
    saving = saving.then(function () { return form.dataset.sending ? null : send(form, about); });
  }

  /* Resolves when no draft is on its way: a verdict must not overtake one. */
  desk.settled = function () {
    clearTimeout(timer);
    return saving;
  };

  ["input", "change"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      if (!event.target.closest || !event.target.closest("#decide")) return;
      desk.form().dataset.unsaved = "yes";
      told("");
      wait(kind === "change" ? 300 : 1000);
    });
  });

  window.addEventListener("online", save);

  document.addEventListener("submit", function (event) {
    setTimeout(function () { if (!event.defaultPrevented) leaving = true; }, 0);
  });

  window.addEventListener("beforeunload", function (event) {
    const form = desk.form();
    if (!leaving && form && (form.dataset.unsaved || desk.busy)) event.preventDefault();
  });

  /* What was typed in the last second still goes out when the page is left. */
  window.addEventListener("pagehide", function () {
    const form = desk.form();
    if (!form || !form.dataset.unsaved || form.dataset.stopped || form.dataset.sending) return;
    const body = new FormData(form);
    if (form.dataset.version) body.set("draft_version", form.dataset.version);
    navigator.sendBeacon(form.dataset.draftUrl, body);
  });

  window.addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });

  function heard(message) {
    const form = desk.form();
    if (message.tab === tab || !form || message.item !== item()) return;
    if (message.kind === "saved" && message.version > Number(form.dataset.version)) {
      desk.stopped("edited", "This conversation was edited in another tab.");
    } else if (message.kind === "decided" && !form.dataset.sending) {
      desk.stopped("decided", "You have decided this conversation in another tab.");
    } else if (message.kind === "open") {
      desk.tell("also open", message.item);
    } else if (message.kind === "also open" && document.getElementById("another")) {
      desk.notice("You have this conversation open in another tab too.", [
        ["Take another one here", "o", function () { leaving = true; document.getElementById("another").submit(); }],
        ["Stay", "l", function () { desk.notice(""); }]
      ]);
    }
  }

  if (channel) {
    channel.addEventListener("message", function (event) { heard(event.data); });
    if (item()) desk.tell("open", item());
  }
})();
