// Every request that htmx makes carries the page's token; nothing on a page depends on this file to be read.
document.addEventListener("htmx:configRequest", function (event) {
  var field = document.querySelector("input[name=page_token]");
  if (field) { event.detail.headers["Tongban-Page"] = field.value; }
});

// A part that is exchanged while somebody is in it keeps their place and what they had unfolded.
var left = {};
document.addEventListener("htmx:oobBeforeSwap", function (event) {
  var part = event.detail.target, there = document.activeElement;
  left[part.id] = {
    href: part.contains(there) ? there.getAttribute("href") : null,
    open: Array.from(part.querySelectorAll("details"), function (one) { return one.open; }),
  };
});
document.addEventListener("htmx:oobAfterSwap", function (event) {
  var part = document.getElementById(event.detail.target.id), was = left[event.detail.target.id];
  if (!part || !was) { return; }
  part.querySelectorAll("details").forEach(function (one, n) { one.open = Boolean(was.open[n]); });
  var again = was.href && part.querySelector('a[href="' + CSS.escape(was.href) + '"]');
  if (again) { again.focus({ preventScroll: true }); }
});
