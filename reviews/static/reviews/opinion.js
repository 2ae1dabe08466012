/* Handing an opinion in: the draft that is on its way arrives before the answers do, and none after them. */
(function () {
  "use strict";
  document.addEventListener("submit", function (event) {
    const form = window.desk.form();
    if (event.target !== form) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    window.desk.settled().then(function () {
      delete form.dataset.unsaved;
      form.submit();
    });
  });
})();
