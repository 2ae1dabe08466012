/* Search at the desk: marks the words in the transcript and the documents shown, Enter goes to the next place; the list of other
   conversations below comes from the server (hx-get on the field). */
(function () {
  "use strict";
  const desk = window.desk;
  const panel = document.getElementById("desk-search");
  if (!panel) return;
  const field = document.getElementById("desk-query");
  const counted = document.getElementById("desk-matches");
  const SHORTEST = 2;
  let ranges = [];
  let at = -1;

  function words() {
    return field.value.toLowerCase().split(/\s+/).filter(function (word) { return word.length >= SHORTEST; });
  }

  /* The text of an element as one string, with the text nodes it is made of. */
  function textOf(element) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes = [];
    let text = "";
    while (walker.nextNode()) {
      nodes.push({ node: walker.currentNode, start: text.length });
      text += walker.currentNode.data;
    }
    return { nodes: nodes, text: text };
  }

  function boundary(nodes, place) {
    const found = nodes.findLast(function (one) { return one.start <= place; });
    return [found.node, Math.min(place - found.start, found.node.length)];
  }

  function within(element, wanted) {
    const whole = textOf(element);
    const lower = whole.text.toLowerCase();
    if (lower.length !== whole.text.length) return [];
    const found = [];
    wanted.forEach(function (word) {
      for (let place = lower.indexOf(word); place >= 0; place = lower.indexOf(word, place + word.length)) {
        const range = new Range();
        range.setStart(...boundary(whole.nodes, place));
        range.setEnd(...boundary(whole.nodes, place + word.length));
        found.push(range);
      }
    });
    return found;
  }

  function inOrder(a, b) { return a.compareBoundaryPoints(Range.START_TO_START, b); }

  function paint() {
    if (!window.CSS || !CSS.highlights) return;
    CSS.highlights.set("found", new Highlight(...ranges));
    CSS.highlights.set("found-now", new Highlight(...ranges.slice(at, at < 0 ? 0 : at + 1)));
  }

  function tell() {
    const here = ranges.length ? (at < 0 ? ranges.length + " here" : at + 1 + " of " + ranges.length + " here") : "none here";
    counted.textContent = words().length ? here : "";
  }

  function look() {
    const wanted = words();
    const places = document.querySelectorAll("#desk .transcript .text, #desk details .plain");
    ranges = wanted.length ? Array.from(places).flatMap(function (place) { return within(place, wanted); }).sort(inOrder) : [];
    at = -1;
    paint();
    tell();
  }

  function go(step) {
    if (!ranges.length) return;
    at = at < 0 && step < 0 ? ranges.length - 1 : (at + step + ranges.length) % ranges.length;
    const place = ranges[at].startContainer.parentElement;
    for (let box = place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    place.scrollIntoView({ block: "center" });
    paint();
    tell();
  }

  function open() {
    panel.hidden = false;
    field.focus();
    field.select();
    look();
  }

  function close() {
    panel.hidden = true;
    ranges = [];
    at = -1;
    paint();
    desk.root().focus({ preventScroll: true });
  }

  const actions = { open: open, close: close, next: function () { go(1); }, previous: function () { go(-1); } };

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-search]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    actions[button.dataset.search]();
  });

  field.addEventListener("input", look);
  field.addEventListener("keydown", function (event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") { event.preventDefault(); go(event.shiftKey ? -1 : 1); }
  });
  panel.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  panel.querySelector("form").addEventListener("submit", function (event) { event.preventDefault(); });

  document.addEventListener("desk:shown", function () { if (!panel.hidden) look(); });
})();
