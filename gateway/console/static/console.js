// Every request that htmx makes carries the page's token; nothing on a page depends on this file to be read.
document.addEventListener("htmx:configRequest", function (event) {
  var field = document.querySelector("input[name=page_token]");
  if (field) { event.detail.headers["Tongban-Page"] = field.value; }
});

// A part that is exchanged while somebody is in it keeps their place and what they had unfolded.  Where their place is gone,
// they stay in the part, so that Tab goes on from there and not from the top of the page.
var left = {};

function sameAs(one) {
  var form = one.form ? one.form.getAttribute("action") : null;
  return [one.tagName, one.id, one.getAttribute("href"), one.getAttribute("name"), one.getAttribute("value"), form].join("\n");
}

function within(part, key) {
  return [part].concat(Array.from(part.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")))
    .filter(function (one) { return sameAs(one) === key; });
}

function leave(part) {
  var there = document.activeElement, key = part.contains(there) ? sameAs(there) : null;
  left[part.id] = {
    key: key, at: key === null ? 0 : within(part, key).indexOf(there),
    open: Array.from(part.querySelectorAll("details"), function (one) { return one.open; }),
  };
}

function comeBack(id) {
  var part = document.getElementById(id), was = left[id];
  delete left[id];
  if (!part || !was) { return; }
  part.querySelectorAll("details").forEach(function (one, n) { one.open = Boolean(was.open[n]); });
  if (was.key === null || part.contains(document.activeElement)) { return; }
  var again = within(part, was.key);
  var to = again[Math.min(was.at, again.length - 1)] || part;
  if (to === part && !part.hasAttribute("tabindex")) { part.tabIndex = -1; }
  to.focus({ preventScroll: true });
}

["htmx:oobBeforeSwap", "htmx:beforeSwap"].forEach(function (name) {
  document.addEventListener(name, function (event) {
    var part = event.detail.target;
    if (part && part.id) { leave(part); }
  });
});
["htmx:oobAfterSwap", "htmx:afterSwap"].forEach(function (name) {
  document.addEventListener(name, function (event) {
    var part = event.detail.target;
    if (part && part.id) { comeBack(part.id); }
  });
});
