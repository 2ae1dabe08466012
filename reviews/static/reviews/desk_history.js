/* Back and Forward between items that were shown without a page load: the page of the address is fetched. */
(function () {
  "use strict";
  let shown = location.pathname + location.search;
  document.addEventListener("desk:shown", function () { shown = location.pathname + location.search; });
  window.addEventListener("popstate", function () {
    if (location.pathname + location.search !== shown) location.reload();
  });
})();
