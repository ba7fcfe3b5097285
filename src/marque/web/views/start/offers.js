// What one can do before there is anything to see.

import { api, attempt, el, icon, put, toast } from "marque/index.js";
import { reader } from "reading/reader.js";

export const DEMO = "demo";
// Few vehicles, again and again: each takes a moment to draw before the first can pass.
const SCENE = { id: DEMO, source: "scene:seed=7&width=960&height=540&fps=6&vehicles=10&again=true&realtime=true" };

export function offers(options, heading = "Nothing is watched yet", level = "h2") {
  const results = el("div");
  const cards = [demo(options), options.read && picture(options, results), camera(options)];
  return el("section.offers", {}, el("div.hello", {}, el(level, {}, heading), el("p.quiet", {}, "Begin with one of these. Nothing of it leaves this machine.")), el("div.grid", {}, cards), results);
}

function offer(name, title, text, ...more) {
  return el("article.card.offer", {}, icon(name), el("h3", {}, title), el("p.quiet", {}, text), el("div.row", {}, more));
}

function demo(options) {
  const text = "A drawn street on which vehicles pass, read as a camera would be. Stop it whenever you like.";
  if (!options.manage || !options.cameras) return offer("live", "Watch a drawn street", `${text} Whoever manages cameras can start it.`);
  const place = el("div.row");
  const show = (there) => put(place, there
    ? [el("a.btn.main", { href: "/" }, "See it live"), el("button.btn", { type: "button", onclick: act(stop) }, "Stop and remove it")]
    : el("button.btn.main", { type: "button", onclick: act(start) }, icon("play"), "Start the street"));
  const act = (does) => async (event) => {
    event.currentTarget.disabled = true;
    await does();
    await look();
    window.dispatchEvent(new Event("marque-cameras"));
  };
  const look = async () => show((await attempt(() => api("/v1/cameras")))?.cameras.some(isDemo));
  show(false);
  look();
  return offer("live", "Watch a drawn street", text, place);
}

async function start() {
  const added = await attempt(() => api("/v1/cameras", SCENE));
  if (added) toast("The street is there. The first vehicle passes in a few seconds.");
}

export async function stop() {
  const gone = await attempt(() => api(`DELETE /v1/cameras/${DEMO}`));
  if (gone) toast("The street is gone. What was read of it stays.");
}

// Whether this is the street that was started here.
export const isDemo = (camera) => camera.settings.id === DEMO && camera.origin === "api" && String(camera.settings.source?.type ?? camera.settings.source).startsWith("scene");

function picture(options, results) {
  const made = reader(results, options);
  return offer("picture", "Have a picture read", "A photo or a short clip of vehicles: drop it here, paste it or choose it. It is read and not kept.", made.choose);
}

function camera(options) {
  const text = "An RTSP address, a webcam or a video. You see a picture of it before it is saved.";
  if (!options.manage || !options.cameras) return offer("camera", "Add a camera", `${text} Whoever manages cameras can do that.`);
  return offer("camera", "Add a camera", text, el("a.btn", { href: "/cameras?add" }, icon("plus"), "Add a camera"));
}
