// The cameras beside the wall: how each is, and what up to four of them see, with what is read drawn on it.
//
// Pictures are asked for one by one rather than as MJPEG: a browser keeps six connections to a server, and four that
// never end would leave the reads' pictures none. A picture is asked for when the one before is there: a slow line gets
// fewer, not older ones.

import { api, el, icon, put, set } from "marque/index.js";
import { isDemo, stop } from "start/offers.js";

const EVERY = 5000;
const PAUSE = 500;
const MOST = 4;
const KEY = "marque-wall-cameras";
const LOOKS = { up: "good", connecting: "warn", lost: "bad", failed: "bad" };

export function strip(options, known) {
  const wide = matchMedia("(min-width: 64.01rem)");
  const list = el("ul.watched"), trouble = el("p.warn.small", { role: "status" });
  const element = el("aside.strip", { "aria-label": "Cameras" }, el("details", { open: wide.matches }, el("summary", {}, el("h2", {}, "Cameras")), trouble, list));
  const details = element.firstChild;
  const rows = new Map();
  let chosen = JSON.parse(localStorage.getItem(KEY) ?? "null"), timer, ended = false;

  const choose = (id, on) => {
    chosen = (chosen ?? []).filter((one) => one !== id);
    if (on) chosen = [...chosen, id].slice(-MOST);
    localStorage.setItem(KEY, JSON.stringify(chosen));
    for (const row of rows.values()) row.show(chosen.includes(row.id));
  };
  const look = async () => {
    clearTimeout(timer);
    if (!document.hidden) {
      try {
        const found = await api("/v1/cameras");
        if (ended) return;
        fill(found.cameras);
        trouble.textContent = "";
      } catch (error) {
        trouble.textContent = error instanceof TypeError ? "The server cannot be reached." : error.message;
      }
    }
    timer = setTimeout(look, EVERY);
  };
  const fill = (cameras) => {
    const ids = new Set(cameras.map((one) => one.settings.id));
    for (const [id, row] of rows) if (!ids.has(id)) { row.end(); rows.delete(id); }
    for (const camera of cameras) {
      const id = camera.settings.id;
      if (!rows.has(id)) { rows.set(id, watched(id, options, choose, () => details.open && !document.hidden)); list.append(rows.get(id).element); }
      rows.get(id).fill(camera);
    }
    if (cameras.length) chosen ??= cameras.slice(0, 1).map((one) => one.settings.id);
    for (const row of rows.values()) row.show(options.pictures && chosen?.includes(row.id));
    element.hidden = !cameras.length;
    known(cameras);
  };
  const seen = () => { if (!document.hidden) look(); };
  document.addEventListener("visibilitychange", seen);
  window.addEventListener("marque-cameras", look);
  look();
  return { element, end() { ended = true; clearTimeout(timer); document.removeEventListener("visibilitychange", seen); window.removeEventListener("marque-cameras", look); for (const row of rows.values()) row.end(); } };
}

// One camera. `awake`: whether anybody can see its picture just now.
function watched(id, options, choose, awake) {
  const state = el("span.state");
  const eye = options.pictures && el("button.btn.bare", { type: "button", "aria-pressed": "false", "aria-label": `Picture of ${id}`, title: "Show what it sees", onclick: () => choose(id, !shown) }, icon("picture"));
  const image = el("img", { alt: `what ${id} sees`, hidden: true });
  const note = el("p.quiet.small");
  const scene = el("figure.scene", { hidden: true }, image, note);
  const bin = el("button.btn.bare", { type: "button", hidden: true, "aria-label": "Stop and remove the drawn street", title: "Stop and remove the drawn street", onclick: async () => { shown = false; await asking; await stop(); window.dispatchEvent(new Event("marque-cameras")); } }, icon("bin"));
  const element = el("li", {}, el("div.row", {}, state, el("a.name", { href: `/cameras/${encodeURIComponent(id)}` }, id), bin, eye), scene);
  let shown = false, ready = false, running = false, ended = false, asking, address;

  const next = async () => {
    if (running) return;
    running = true;
    while (shown && ready && !ended) {
      const began = performance.now();
      if (awake()) await (asking = once());
      await new Promise((resolve) => setTimeout(resolve, Math.max(PAUSE / 4, PAUSE - (performance.now() - began))));
    }
    running = false;
  };
  const once = async () => {
    try {
      const answer = await api(`/v1/cameras/${encodeURIComponent(id)}/snapshot?overlay=true&width=640`);
      const fresh = URL.createObjectURL(await answer.blob());
      image.src = fresh;
      await image.decode();
      if (address) URL.revokeObjectURL(address);
      address = fresh;
      image.hidden = false;
      note.textContent = "";
    } catch (error) {
      note.textContent = error.message;
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  };
  return {
    id, element,
    fill(camera) {
      const health = camera.running ? camera.health : null;
      const word = camera.running ? health?.state ?? "waiting" : "stopped";
      state.className = `state ${LOOKS[word] ?? ""}`;
      set(state, { title: [health?.reason, health?.hint].filter(Boolean).join(" ") || word });
      put(state, el("span.sr", {}, word));
      bin.hidden = !(options.manage && isDemo(camera));
      ready = Boolean(camera.running && health?.frames);
      if (!ready) note.textContent = health?.reason || `This camera is ${word}.`;
      if (shown) next();
    },
    show(on) {
      if (on === shown) return;
      shown = on;
      scene.hidden = !on;
      if (eye) eye.setAttribute("aria-pressed", String(on));
      if (on) next();
    },
    end() { ended = true; element.remove(); if (address) URL.revokeObjectURL(address); },
  };
}
