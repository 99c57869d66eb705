// The window's pages work without this file: it shows how far an upload is, and a button that prints.
document.querySelectorAll("[data-print]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
});
document.querySelectorAll("form.taking").forEach(function (form) {
  form.addEventListener("submit", function (event) {
    var chosen = Array.from(form.querySelectorAll("input[type=file]")).some(function (one) { return one.files.length; });
    var bar = form.querySelector("progress");
    if (!chosen || !bar || !event.submitter) { return; }
    event.preventDefault();
    var request = new XMLHttpRequest(), data = new FormData(form, event.submitter);
    var buttons = form.querySelectorAll("button");
    function done() { bar.hidden = true; buttons.forEach(function (one) { one.disabled = false; }); }
    bar.hidden = false;
    buttons.forEach(function (one) { one.disabled = true; });
    request.upload.addEventListener("progress", function (sent) {
      if (sent.lengthComputable) { bar.max = sent.total; bar.value = sent.loaded; }
    });
    // Nothing was kept that a second sending would double: the form's own token says that it is the same.
    request.addEventListener("error", function () { done(); bar.remove(); });
    request.addEventListener("load", function () {
      history.replaceState(null, "", request.responseURL);
      document.open();
      document.write(request.responseText);
      document.close();
    });
    request.open("POST", form.action);
    request.send(data);
  });
});
