/* Draw every <div class="chart" data-chart="id"> from the spec in <script type="application/json" id="id">.
   Where the spec can be read by week (it has the signal "reading"), above it comes a button a line, which hides and shows
   it; below it the week under the pointer, or under the arrow keys once the chart has the focus. data-kind="score" tells
   values as 4.70, otherwise as 37.0 %. */
(function () {
  "use strict";
  const options = {
    renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true },
  };
  const SVG = "http://www.w3.org/2000/svg";

  /* The ground of provisional weeks; charts name it as fill. */
  function addHatch() {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "hatch");
    svg.setAttribute("aria-hidden", "true");
    svg.innerHTML = '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7"/></pattern></defs>';
    document.body.append(svg);
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  /* The rows of the chart by week, and the releases that went live in each. */
  function weeksOf(spec) {
    const half = 3.5 * 86400000;
    const layer = spec.layer.find((one) => one.encoding.href && one.encoding.href.field === "url" && one.data);
    const marks = layer ? layer.data.values : [];
    const times = [...new Set(spec.data.values.map((row) => row.at))].sort((a, b) => a - b);
    return times.map((at) => ({
      at,
      rows: spec.data.values.filter((row) => row.at === at),
      marks: marks.filter((mark) => mark.at >= at - half && mark.at < at + half),
    }));
  }

  function written(row, kind) {
    const number = (value) => (kind === "score" ? value.toFixed(2) : (100 * value).toFixed(1) + " %");
    const doubt = row.low === row.high ? "" : number(row.low) + " to " + number(row.high) + ", ";
    return [number(row.value), doubt + "n " + row.n.toLocaleString("en")];
  }

  function tell(readout, week, hidden, kind) {
    const first = week.rows[0];
    const title = first.week + (first.provisional ? ", provisional" : "");
    readout.replaceChildren(element("strong", title));
    week.rows.filter((row) => !hidden.includes(row.label)).forEach(function (row) {
      const [value, doubt] = written(row, kind);
      const part = element("span", row.label + " ");
      part.append(element("b", value), element("small", " " + doubt));
      readout.append(part);
    });
    week.marks.forEach(function (mark) {
      const link = element("a", mark.t);
      link.href = mark.url;
      readout.append(link);
      const release = mark.url.match(/\/releases\/(\d+)\/$/);
      if (!release) return;
      const impact = element("a", "Impact of release " + release[1]);
      impact.href = mark.url + "impact/";
      readout.append(impact);
    });
  }

  /* A sample of a line and its name. */
  function lineButton(label, colour, dash) {
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 28 8");
    svg.setAttribute("aria-hidden", "true");
    const looks = { d: "M0 4H28", "stroke-width": "2", stroke: colour, "stroke-dasharray": dash.join(" ") };
    Object.entries(looks).forEach(([name, value]) => path.setAttribute(name, value));
    svg.append(path);
    const button = element("button", label);
    button.type = "button";
    button.dataset.label = label;
    button.setAttribute("aria-pressed", "true");
    button.prepend(svg);
    return button;
  }

  function offerLegend(place, spec, hidden, changed) {
    const lines = spec.layer.find((one) => one.mark.type === "line").encoding;
    if (!lines.stroke.scale) return;
    const legend = element("ul", "", "legend");
    legend.setAttribute("aria-label", "Lines of the chart");
    lines.stroke.scale.domain.forEach(function (label, index) {
      const item = document.createElement("li");
      item.append(lineButton(label, lines.stroke.scale.range[index], lines.strokeDash.scale.range[index]));
      legend.append(item);
    });
    place.before(legend);
    legend.addEventListener("click", function (event) {
      const button = event.target.closest("button");
      if (!button) return;
      const label = button.dataset.label;
      const place = hidden.indexOf(label);
      if (place < 0) hidden.push(label);
      else hidden.splice(place, 1);
      button.setAttribute("aria-pressed", String(place >= 0));
      changed();
    });
  }

  function offerReading(place, view, spec, hidden) {
    const weeks = weeksOf(spec);
    if (!weeks.length) return function () {};
    const readout = element("p", "", "readout");
    readout.dataset.readout = place.dataset.chart;
    place.after(readout);
    let here = -1;
    function read(index, aloud) {
      here = Math.max(0, Math.min(weeks.length - 1, index));
      readout.setAttribute("aria-live", aloud ? "polite" : "off");
      tell(readout, weeks[here], hidden, place.dataset.kind);
      view.signal("reading", weeks[here].at).runAsync();
    }
    const last = weeks.length - 1;
    const steps = { ArrowLeft: () => (here < 0 ? last : here - 1), ArrowRight: () => (here < 0 ? last : here + 1), Home: () => 0, End: () => last };
    readout.textContent = "Point at a week to read it, or choose the chart and use the arrow keys.";
    place.tabIndex = 0;
    place.addEventListener("keydown", function (event) {
      const step = steps[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      read(step(), true);
    });
    view.addEventListener("mousemove", function (event) {
      const x = event.clientX - view.container().getBoundingClientRect().left - view.origin()[0];
      const time = view.scale("x").invert(x);
      const distance = weeks.map((week) => Math.abs(week.at - time));
      const nearest = distance.indexOf(Math.min(...distance));
      if (nearest !== here) read(nearest, false);
    });
    return () => { if (here >= 0) read(here, false); };
  }

  function offerWeeks(place, view, spec) {
    const hidden = [];
    const again = offerReading(place, view, spec, hidden);
    offerLegend(place, spec, hidden, function () {
      view.signal("hidden", [...hidden]).runAsync();
      again();
    });
  }

  function draw(place) {
    const spec = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    window.vegaEmbed(place, spec, options).then(function (drawn) {
      place.setAttribute("role", "group");
      if ((spec.params || []).some((one) => one.name === "reading")) offerWeeks(place, drawn.view, spec);
      place.dataset.drawn = "yes";
    }).catch(function (error) {
      place.textContent = "The chart could not be drawn; its numbers are in the table. (" + error.message + ")";
    });
  }

  addHatch();
  document.querySelectorAll("[data-chart]").forEach(function (place) {
    if (window.vegaEmbed) draw(place);
    else place.textContent = "The chart library is missing: run manage.py build_chart_bundle. The numbers are in the table.";
  });
})();
