/* The next item is fetched while this one is read. Saving shows it at once and sends the verdict behind it; a verdict that is
   refused brings its item back, with what was typed and why. Requests go one after the other, in the order of the keys. */
(function () {
  "use strict";
  const desk = window.desk;
  if (!desk.root()) return;
  let chain = Promise.resolve();
  let next = null;
  let after = "";
  let waiting = 0;

  function later(work) {
    chain = chain.then(work, work);
    return chain;
  }

  function signed(form) {
    const body = new FormData();
    ["csrfmiddlewaretoken", "date"].forEach(function (name) {
      const field = form.querySelector('input[name="' + name + '"]');
      if (field) body.set(name, field.value);
    });
    return body;
  }

  function parsed(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.firstElementChild;
  }

  /* Get the item after the one shown; a failure is no harm: saving then loads the page. */
  async function fetchNext() {
    const root = desk.root();
    if (after === root.dataset.item) return;
    next = null;
    try {
      const answer = await desk.post(root.dataset.ahead, signed(desk.form()));
      if (answer.status === 200 && !answer.redirected) next = parsed(await answer.text());
      if (answer.ok && !answer.redirected) after = root.dataset.item;
    } catch (error) {
      after = "";
    }
  }

  function place(root, url) {
    desk.root().replaceWith(root);
    if (url === "push") history.pushState(null, "", root.dataset.url);
    else history.replaceState(null, "", root.dataset.url);
    desk.ready();
    scrollTo(0, 0);
    root.focus({ preventScroll: true });
  }

  function advance() {
    const root = next;
    next = null;
    place(root, "push");
    desk.tell("open", root.dataset.item);
    const last = document.getElementById("last");
    last.hidden = false;
    last.textContent = "Sending the verdict before this …";
    const first = root.querySelector(".criterion.current legend");
    desk.say("Next: " + root.getAttribute("aria-label") + ". " + first.textContent);
  }

  function reopen(form) {
    delete form.dataset.sending;
    form.querySelector("footer .primary").disabled = false;
  }

  /* Back to the item whose verdict was not taken; the one that was shown meanwhile stays at hand as it is. */
  function rollBack(root, state, message) {
    if (desk.root() !== root) {
      next = desk.root();
      after = root.dataset.item;
      place(root, "replace");
    }
    reopen(desk.form());
    if (state !== "invalid" && state !== "offline") { desk.stopped(state, message); return; }
    desk.notice(message, []);
    if (state === "offline") desk.form().dispatchEvent(new Event("change", { bubbles: true }));
  }

  function replace(id, html) {
    const old = document.getElementById(id);
    if (old) old.replaceWith(parsed(html));
  }

  async function answerOf(url, body) {
    try {
      const answer = await desk.post(url, body);
      const json = (answer.headers.get("content-type") || "").startsWith("application/json");
      if (json) return await answer.json();
      if (answer.redirected || answer.status === 403) return { state: "offline", message: "Not recorded: you are logged out. Log in in another tab and try again; your answers are kept here." };
      return { state: "offline", message: "Not recorded: the server answered with an error (" + answer.status + "). Your answers are kept here; try again." };
    } catch (error) {
      return { state: "offline", message: "Not recorded: no connection. Your answers are kept here; try again." };
    }
  }

  async function send(root, body) {
    const form = root.querySelector("#decide");
    if (desk.root() === root) await fetchNext();
    if (desk.root() === root && next) advance();
    const shown = desk.root();
    await desk.settled();
    if (form.dataset.version) body.set("draft_version", form.dataset.version);
    if (shown !== root) body.set("next", shown.dataset.item);
    const answer = await answerOf(form.dataset.decideUrl, body);
    if (answer.version) form.dataset.version = answer.version;
    if (answer.state !== "recorded") { rollBack(root, answer.state, answer.message); return; }
    desk.tell("decided", root.dataset.item);
    delete form.dataset.unsaved;
    if (shown === root) { desk.goOn(); return; }
    replace("progress", answer.progress);
    replace("last", answer.last);
    if (!answer.begun) { desk.stopped("lost", "Somebody else has taken this conversation."); return; }
    await fetchNext();
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.id !== "decide" || !form.dataset.decideUrl) return;
    event.preventDefault();
    if (form.dataset.sending || form.dataset.stopped) return;
    const root = desk.root();
    form.dataset.sending = "yes";
    form.querySelector("footer .primary").disabled = true;
    desk.notice("");
    const body = new FormData(form);
    const advances = next && waiting === 0;
    if (advances) advance();
    else desk.say("Saving …");
    waiting += 1;
    desk.busy = true;
    later(async function () {
      /* Not sent when the verdict before it came back: the person is at that one again. */
      if (advances || desk.root() === root) await send(root, body);
      else reopen(form);
      waiting -= 1;
      desk.busy = waiting > 0;
    });
  });

  window.addEventListener("pagehide", function () {
    if (next) navigator.sendBeacon(desk.root().dataset.giveBack, signed(desk.form()));
  });

  later(fetchNext);
})();
