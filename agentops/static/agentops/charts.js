/* Draw every <div class="chart" data-chart="id"> from the spec in <script type="application/json" id="id">. */
(function () {
  "use strict";
  const options = {
    renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true },
  };

  function draw(place) {
    const spec = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    window.vegaEmbed(place, spec, options).then(function () {
      place.setAttribute("role", "img");
      place.dataset.drawn = "yes";
    }).catch(function (error) {
      place.textContent = "The chart could not be drawn; its numbers are in the table. (" + error.message + ")";
    });
  }

  document.querySelectorAll("[data-chart]").forEach(function (place) {
    if (window.vegaEmbed) draw(place);
    else place.textContent = "The chart library is missing: run manage.py build_chart_bundle. The numbers are in the table.";
  });
})();
