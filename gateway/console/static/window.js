// The window's pages work without this file.  With it: files go up in pieces as soon as they are chosen, dropped or photographed
// and go on after a cut line, pages are put in order by buttons, and what is typed is kept while it is typed.
"use strict";

document.querySelectorAll("[data-print]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
});

var PIECE = 4 * 1024 * 1024, KEEP_AFTER = 1500, LARGEST_HASHED = 256 * 1024 * 1024, WAITS = [1000, 2000, 5000, 10000, 15000];

function hexOf(buffer) {
  return Array.from(new Uint8Array(buffer), function (one) { return one.toString(16).padStart(2, "0"); }).join("");
}

function made(name, attributes, text) {
  var one = document.createElement(name);
  Object.keys(attributes || {}).forEach(function (key) { one.setAttribute(key, attributes[key]); });
  if (text) { one.textContent = text; }
  return one;
}

function pause(milliseconds) {
  // Whoever comes back on line is not kept waiting.
  return new Promise(function (go) {
    setTimeout(go, milliseconds);
    window.addEventListener("online", go, { once: true });
  });
}

document.querySelectorAll("form.taking").forEach(function (form) {
  var said = form.dataset, token = form.querySelector("input[name=page_token]").value;
  var status = form.querySelector(".keeping"), underway = 0, waiting = null, timer = 0, keeping = null, leaving = false;

  // ---- files in pieces ----

  // A gateway that is busy or full says so with these, and why; what it has of the file is asked for then, and it goes on.
  function checkBusy(answer) {
    var moved = answer.body.reason === "MATERIAL_OFFSET";
    if (answer.status >= 500 || answer.status === 429 || moved) {
      throw Object.assign(new TypeError("again"), { said: moved ? "" : answer.body.problem });
    }
  }

  function ask(sha256, piece, range) {
    return fetch("/take-in/files/" + sha256, {
      method: "POST", body: piece, headers: { "Tongban-Page": token, "Content-Range": range, "Content-Type": "application/octet-stream" },
    }).then(function (answer) {
      // A page in place of JSON: of the gateway when nobody is signed in any more, else of a proxy.  Asking again changes neither.
      var isPage = (answer.headers.get("Content-Type") || "").indexOf("application/json") !== 0;
      if (isPage && answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
        throw new Error(answer.status === 401 || answer.status === 403 ? said.saidSignedOut : "HTTP " + answer.status);
      }
      return answer.json().then(function (body) { return { status: answer.status, body: body }; });
    });
  }

  async function bring(file, sha256, bar, word) {
    var offset = null, tries = 0;
    for (;;) {
      try {
        if (offset === null) {
          var asked = await ask(sha256, "", "bytes */" + file.size);
          checkBusy(asked);
          if (asked.status >= 400) { throw new Error(asked.body.problem); }
          if (asked.body.complete) { return; }
          offset = asked.body.offset;
        }
        bar.value = offset;
        var piece = file.slice(offset, offset + PIECE);
        var answer = await ask(sha256, piece, "bytes " + offset + "-" + (offset + piece.size - 1) + "/" + file.size);
        checkBusy(answer);
        if (answer.status >= 400) { throw new Error(answer.body.problem); }
        tries = 0;
        word.textContent = "";
        offset = answer.body.offset;
        bar.value = offset;
        if (answer.body.complete) { return; }
      } catch (error) {
        // A line that is cut is a TypeError of fetch, a proxy's page no JSON; what the gateway itself refuses is final.
        if (!(error instanceof TypeError || error instanceof SyntaxError)) { throw error; }
        word.textContent = error.said || said.saidWaits;
        await pause(WAITS[Math.min(tries, WAITS.length - 1)]);
        tries += 1;
        offset = null;
      }
    }
  }

  function heldAs(list, file, sha256, line) {
    var row = list.dataset.files, type = file.type || "application/octet-stream", picture = type.indexOf("image/") === 0;
    var same = list.querySelector('input[value^="' + CSS.escape('["' + sha256) + '"]');
    if (same) { line.remove(); return; }
    var coming = line;
    line = made("li", picture ? { "class": "page", "data-page": "" } : {});
    line.append(made("input", { type: "hidden", name: "held." + row, value: JSON.stringify([sha256, file.size, type, file.name]) }));
    if (picture) {
      var shown = made("img", { "class": "thumb turned0", alt: "" });
      shown.src = URL.createObjectURL(file);
      line.append(shown);
    }
    var what = made("span", { "class": "what" }, file.name + " ");
    what.append(made("span", { "class": "faint" }, Math.ceil(file.size / 1024) + " KiB"));
    line.append(what);
    if (picture) {
      var order = made("label", { "class": "in-line" }, said.saidOrder + " ");
      order.append(made("input", { "class": "order", name: "order." + row + "." + sha256, inputmode: "numeric", maxlength: "3", autocomplete: "off" }));
      var turn = made("label", { "class": "in-line" }, said.saidTurn + " "), choice = made("select", { "class": "turn", name: "turn." + row + "." + sha256 });
      said.saidTurns.split("|").forEach(function (text, at) { choice.append(made("option", { value: String(at * 90) }, text)); });
      turn.append(choice);
      line.append(order, turn);
    }
    var drop = made("label", { "class": "in-line" });
    drop.append(made("input", { type: "checkbox", name: "drop." + row, value: sha256 }), " " + said.saidDrop);
    line.append(drop);
    coming.replaceWith(line);  // where it was chosen, whichever of several is up first
    if (picture) { arrange(list); }
  }

  async function take(list, file) {
    var line = made("li", { "class": "coming" }), bar = made("progress", { max: String(file.size), "aria-label": said.saidUploading + " " + file.name });
    var word = made("small", { role: "status" });
    bar.value = 0;
    line.append(made("span", { "class": "what" }, file.name), bar, word);
    list.append(line);
    underway += 1;
    try {
      var sha256 = hexOf(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      await bring(file, sha256, bar, word);
      heldAs(list, file, sha256, line);
      changed();
    } catch (error) {
      bar.remove();
      word.className = "problem";
      word.textContent = said.saidFailed + (error.message ? ": " + error.message : "");
      var again = made("button", { type: "button", "class": "secondary small" }, said.saidAgain);
      again.addEventListener("click", function () { line.remove(); take(list, file); });
      line.append(" ", again);
      waiting = null;
    }
    underway -= 1;
    if (!underway && waiting) { form.requestSubmit(waiting); }
  }

  function takeAll(row, files) {
    var list = form.querySelector('ul.files[data-files="' + CSS.escape(row) + '"]');
    Array.from(files).forEach(function (file) { if (file.size) { take(list, file); } });
  }

  var inPieces = Boolean(window.crypto && crypto.subtle && window.fetch);
  if (inPieces) {
    form.querySelectorAll("input[type=file][data-row]").forEach(function (field) {
      field.addEventListener("change", function () {
        if (Array.from(field.files).some(function (one) { return one.size > LARGEST_HASHED; })) { return; }  // sent with the form, and told there
        takeAll(field.dataset.row, field.files);
        field.value = "";
      });
    });
    form.querySelectorAll("fieldset.material").forEach(function (box) {
      var field = box.querySelector("input[type=file][data-row]");
      if (!field) { return; }
      box.querySelectorAll(".dropping").forEach(function (one) { one.hidden = false; });
      box.addEventListener("dragover", function (event) {
        if (event.dataTransfer.types.indexOf("Files") < 0) { return; }
        event.preventDefault();
        box.classList.add("over");
      });
      box.addEventListener("dragleave", function (event) { if (!box.contains(event.relatedTarget)) { box.classList.remove("over"); } });
      box.addEventListener("drop", function (event) {
        if (!event.dataTransfer.files.length) { return; }
        event.preventDefault();
        box.classList.remove("over");
        takeAll(field.dataset.row, event.dataTransfer.files);
      });
    });
  }

  // ---- pages in order, upright ----

  function arrange(list) {
    var pages = list.querySelectorAll("[data-page]");
    pages.forEach(function (page, at) {
      page.querySelector("input.order").value = String(at + 1);
      if (page.querySelector("[data-move]")) { return; }
      [["-1", "↑", said.saidUp], ["1", "↓", said.saidDown]].forEach(function (one) {
        page.append(made("button", { type: "button", "class": "secondary small", "data-move": one[0], "aria-label": one[2], title: one[2] }, one[1]));
      });
    });
    list.parentElement.querySelectorAll("p.join").forEach(function (one) { one.hidden = !pages.length; });
  }

  form.querySelectorAll("ul.files").forEach(arrange);
  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-move]");
    if (!button) { return; }
    var page = button.closest("[data-page]"), list = page.parentElement, pages = Array.from(list.querySelectorAll("[data-page]"));
    var other = pages[pages.indexOf(page) + Number(button.dataset.move)];
    if (!other) { return; }
    if (button.dataset.move === "-1") { other.before(page); } else { other.after(page); }
    arrange(list);
    button.focus();
    changed();
  });
  form.addEventListener("change", function (event) {
    if (!event.target.matches("select.turn")) { return; }
    var shown = event.target.closest("li").querySelector("img.thumb");
    if (shown) { shown.className = "thumb turned" + event.target.value; }
  });

  // ---- the camera of a computer; tablets have theirs behind the field ----

  var box = document.getElementById("camera");
  if (box && inPieces && navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
    var video = box.querySelector("video"), told = box.querySelector("[role=status]"), stream = null, row = "", count = 0;
    var stop = function () {
      if (stream) { stream.getTracks().forEach(function (one) { one.stop(); }); }
      stream = video.srcObject = null;
    };
    box.addEventListener("close", stop);
    box.querySelector("[data-done]").addEventListener("click", function () { box.close(); });
    box.querySelector("[data-take]").addEventListener("click", function () {
      if (!stream || !video.videoWidth) { return; }
      var canvas = document.createElement("canvas");
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob(function (picture) {
        count += 1;
        told.textContent = said.saidTaken + " " + count;
        takeAll(row, [new File([picture], "拍照" + String(count).padStart(2, "0") + ".jpg", { type: "image/jpeg" })]);
      }, "image/jpeg", 0.9);
    });
    form.querySelectorAll("[data-camera]").forEach(function (button) {
      if (window.matchMedia("(pointer: coarse)").matches) { return; }
      button.hidden = false;
      button.parentElement.querySelectorAll(".by-field").forEach(function (one) { one.hidden = true; });
      button.addEventListener("click", async function () {
        row = button.dataset.camera;
        count = form.querySelectorAll('ul.files[data-files="' + CSS.escape(row) + '"] > li').length;
        told.textContent = "";
        box.showModal();
        try {
          stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 2560 }, height: { ideal: 1920 }, facingMode: "environment" } });
          video.srcObject = stream;
          if (!box.open) { stop(); }
        } catch (error) {
          told.textContent = said.saidNoCamera;
        }
      });
    });
  }

  // ---- what is typed is kept ----

  function fields() {
    var data = new FormData(form);
    Array.from(data.keys()).forEach(function (name) { if (name.indexOf("file.") === 0) { data.delete(name); } });
    data.append("do", "keep");
    return data;
  }

  async function keep() {
    clearTimeout(timer);
    timer = 0;
    if (keeping) { await keeping; }
    if (leaving) { return; }
    keeping = fetch(form.action, { method: "POST", body: fields(), redirect: "manual" }).then(function (answer) {
      if (answer.type !== "opaqueredirect") { throw new Error(String(answer.status)); }
      status.textContent = said.saidKept + " " + new Date().toTimeString().slice(0, 5);
      var address = new URL(form.action);
      address.searchParams.set("draft", said.token);
      history.replaceState(history.state, "", address);
      document.querySelectorAll("form[action='/language'] input[name=to]").forEach(function (one) { one.value = address.pathname + address.search; });
    }).catch(function () { status.textContent = said.saidNotKept; });
    await keeping;
    keeping = null;
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER);
  }

  form.addEventListener("input", changed);
  form.addEventListener("submit", function (event) {
    if (underway) {
      // It is sent once all files are up.
      event.preventDefault();
      waiting = event.submitter;
      return;
    }
    if (keeping) {
      // What is kept must not come after what is sent.
      var submitter = event.submitter;
      event.preventDefault();
      leaving = true;
      keeping.then(function () { form.requestSubmit(submitter); });
      return;
    }
    leaving = true;
    clearTimeout(timer);
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { leaving = false; } });
  // Whoever goes elsewhere before it was kept takes nothing along; of a small form the rest is kept on the way out.
  window.addEventListener("pagehide", function () {
    if (timer && !leaving) { fetch(form.action, { method: "POST", body: fields(), redirect: "manual", keepalive: true }).catch(function () {}); }
  });
});
