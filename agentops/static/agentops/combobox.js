/* A select with type-ahead: <select data-combobox="name of the thing"> becomes a combobox with a listbox (ARIA 1.2), which
   writes back into the select. Words of the label or of the value match from their beginning, in any order. */
window.combobox = (function () {
  "use strict";
  let made = 0;

  function split(text) { return text.toLowerCase().split(/[\s_\-/,.()]+/).filter(Boolean); }

  function matches(option, query) {
    const words = split(option.label + " " + option.value);
    return split(query).every(function (part) { return words.some(function (word) { return word.startsWith(part); }); });
  }

  function element(tag, attributes) {
    const made = document.createElement(tag);
    Object.entries(attributes).forEach(function (pair) { made.setAttribute(pair[0], pair[1]); });
    return made;
  }

  return function (select) {
    const id = "combobox-" + (made += 1);
    const thing = select.dataset.combobox;
    const input = element("input", {
      id: id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id + "-list"
    });
    const list = element("ul", { id: id + "-list", role: "listbox", class: "listbox", "aria-label": thing });
    const status = element("span", { class: "visually-hidden", role: "status" });
    const box = element("div", { class: "combobox" });
    let shown = [];
    let active = -1;

    function chosen() { return select.options[select.selectedIndex]; }
    function restore() { input.value = select.value ? chosen().label : ""; }

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function activate(index) {
      active = index;
      Array.from(list.children).forEach(function (item, place) { item.setAttribute("aria-selected", place === active ? "true" : "false"); });
      const item = list.children[active];
      if (!item) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }

    function open(query) {
      shown = Array.from(select.options).filter(function (option) { return query ? option.value && matches(option, query) : true; });
      list.replaceChildren(...shown.map(function (option, place) {
        const item = element("li", { id: id + "-" + place, role: "option", "aria-selected": "false" });
        item.textContent = option.label;
        return item;
      }));
      list.hidden = shown.length === 0;
      input.setAttribute("aria-expanded", shown.length ? "true" : "false");
      const plural = shown.length === 1 ? thing : thing + "s";
      status.textContent = query ? (shown.length || "no") + " " + plural + (shown.length ? "" : " of this name") : shown.length + " to choose from";
      const at = query ? 0 : shown.indexOf(chosen());
      activate(shown.length ? at : -1);
    }

    function choose(option) {
      select.value = option.value;
      restore();
      close();
      status.textContent = option.label;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    const keys = {
      ArrowDown: function () { if (list.hidden) open(""); else activate((active + 1) % shown.length); },
      ArrowUp: function () { if (list.hidden) open(""); else activate((active + shown.length - 1) % shown.length); },
      Enter: function () { if (!list.hidden && shown[active]) choose(shown[active]); },
      Escape: function () { restore(); close(); }
    };

    input.addEventListener("keydown", function (event) {
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !list.hidden && shown[active]) choose(shown[active]);
      if (event.isComposing || event.ctrlKey || event.metaKey || !keys[event.key]) return;
      if (event.key === "Escape" && list.hidden) return;
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
    });
    input.addEventListener("input", function (event) { event.stopPropagation(); open(input.value.trim()); });
    input.addEventListener("change", function (event) { event.stopPropagation(); });
    input.addEventListener("focus", function () { input.select(); });
    input.addEventListener("click", function () { if (list.hidden) open(""); });
    input.addEventListener("blur", function () {
      const exact = shown.find(function (option) { return option.label.toLowerCase() === input.value.trim().toLowerCase(); });
      if (!input.value.trim() && select.value) choose(select.options[0]);
      else if (exact && exact !== chosen()) choose(exact);
      else { restore(); close(); }
    });
    list.addEventListener("pointerdown", function (event) { event.preventDefault(); });
    list.addEventListener("click", function (event) {
      const item = event.target.closest("[role=option]");
      if (item) choose(shown[Array.from(list.children).indexOf(item)]);
    });

    ["key", "keyLabel"].forEach(function (name) {
      if (select.dataset[name]) input.dataset[name] = select.dataset[name];
      delete select.dataset[name];
    });
    const label = document.querySelector('label[for="' + select.id + '"]');
    if (label) label.htmlFor = id;
    input.placeholder = select.options[0].label;
    select.hidden = true;
    box.append(input, list, status);
    select.before(box);
    restore();
    close();
  };
})();
