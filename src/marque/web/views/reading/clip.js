// A clip: a few of its frames a second, read one after another in the browser's time, and put together.

import { el, icon, number, put } from "marque/index.js";
import { gathered } from "reading/agree.js";
import { ask, why } from "reading/ask.js";
import { header, overlaid } from "reading/picture.js";
import { plateCard } from "reading/plate.js";

const PER_SECOND = 3;
const MOST = 150;
const WIDEST = 1920;
const QUALITY = 0.88;
const PATIENCE = 15000;

export function clip(file, options) {
  const stop = new AbortController();
  const state = el("p.quiet", { role: "status" }, "waiting");
  const bar = el("progress", { max: 1, value: 0, "aria-label": "frames read" });
  const cancel = el("button.btn", { type: "button", onclick: () => stop.abort() }, "Stop");
  const working = el("div.row", {}, bar, cancel);
  const found = el("div.plates");
  const hint = el("p.quiet.small", {}, `A quick look at ${PER_SECOND} frames a second. A camera looks at all of them, follows each vehicle, and reads better.`);
  const element = el("article.card.reading", { "aria-label": file.name }, header(file.name, state), working, found, hint);
  const addresses = [];

  async function read(region) {
    const together = gathered();
    const frames = [];
    let count = 0;
    try {
      for await (const frame of cut(file, stop.signal)) {
        state.textContent = `reading frame ${number(frame.number)} of ${number(frame.of)} …`;
        bar.value = frame.number / frame.of;
        const waits = (seconds) => { state.textContent = `the server is busy, trying again in ${seconds} s`; };
        const told = await ask(frame.blob, region, { signal: stop.signal, waits });
        count += 1;
        frames.push(told.ms.total);
        for (const plate of told.plates) together.add(frame.time, plate, { blob: frame.blob, told });
        if (told.plates.length) state.textContent = `reading … ${together.all().filter((one) => one.sure).length} so far`;
      }
      done(`${count} frames`);
    } catch (error) {
      if (error.name === "AbortError") done(`stopped after ${count} frames`);
      else {
        state.className = "bad";
        state.setAttribute("role", "alert");
        put(state, icon("alert"), why(error, file, options.megabytes));
        working.remove();
      }
    }
    const all = together.all();
    await show(all.filter((one) => one.sure), found);
    const weak = all.filter((one) => !one.sure);
    if (!weak.length || stop.signal.aborted) return;
    const rest = el("div.plates");
    element.insertBefore(el("details.rest", {}, el("summary", {}, `${number(weak.length)} read once and not surely`), rest), hint);
    await show(weak, rest);

    function done(what) {
      const vehicles = together.all().filter((one) => one.sure).length;
      const each = frames.length ? `, ${Math.round(frames.reduce((sum, one) => sum + one, 0) / frames.length)} ms each` : "";
      state.textContent = `${vehicles === 0 ? "no plate was found" : vehicles === 1 ? "one vehicle" : `${vehicles} vehicles`} in ${what}${each}.`;
      working.remove();
    }
  }

  async function show(vehicles, place) {
    for (const one of vehicles) {
      const address = URL.createObjectURL(one.frame.blob);
      addresses.push(address);
      const frame = overlaid(address, `the frame in which ${one.plate.text} was read best`);
      await frame.there;
      const more = [el("p.quiet.small", {}, `${at(one.first)} to ${at(one.last)}, read ${one.readings === 1 ? "once" : `${one.readings} times, ${one.agree} agree`}`),
        el("details", {}, el("summary", {}, "The best frame"), frame.element)];
      frame.outline({ ...one.frame.told, plates: [one.plate] });
      place.append(plateCard(one.plate, { image: frame.image, width: one.frame.told.width, regions: options.regions, more }));
    }
  }

  return { element, read, end() { stop.abort(); addresses.forEach((one) => URL.revokeObjectURL(one)); } };
}

const at = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

// The clip's frames as JPEG, evenly spread: { number, of, time, blob }.
async function* cut(file, signal) {
  const address = URL.createObjectURL(file);
  const video = el("video", { muted: true, preload: "auto", playsinline: true });
  video.muted = true;
  try {
    await reached(video, "loadeddata", signal, () => { video.src = address; });
    const seconds = await length(video, signal);
    const of = Math.max(1, Math.min(MOST, Math.ceil(seconds * PER_SECOND)));
    const canvas = el("canvas");
    const factor = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * factor);
    canvas.height = Math.round(video.videoHeight * factor);
    for (let n = 0; n < of; n += 1) {
      const time = ((n + 0.5) * seconds) / of;
      await reached(video, "seeked", signal, () => { video.currentTime = time; });
      canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
      yield { number: n + 1, of, time, blob };
    }
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
}

// What a recorder has written while it ran says no length until its end was looked for.
async function length(video, signal) {
  if (!Number.isFinite(video.duration)) await reached(video, "seeked", signal, () => { video.currentTime = 1e7; });
  return Number.isFinite(video.duration) ? video.duration : video.currentTime;
}

function reached(video, name, signal, does) {
  return new Promise((resolve, reject) => {
    const heard = new AbortController();
    const end = (how, what) => { clearTimeout(timer); heard.abort(); how(what); };
    const timer = setTimeout(() => end(reject, new Error("The browser does not come on with this clip.")), PATIENCE);
    video.addEventListener(name, () => end(resolve), { signal: heard.signal });
    video.addEventListener("error", () => end(reject, new Error("This browser cannot play this clip. MP4 (H.264) and WebM work in most.")), { signal: heard.signal });
    signal.addEventListener("abort", () => end(reject, signal.reason), { signal: heard.signal });
    does();
  });
}
