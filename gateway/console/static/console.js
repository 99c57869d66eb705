// Every request that htmx makes carries the page's token; nothing on a page depends on this file to be read.
document.addEventListener("htmx:configRequest", function (event) {
  var field = document.querySelector("input[name=page_token]");
  if (field) { event.detail.headers["Tongban-Page"] = field.value; }
});
