// The large picture of one camera, and the sheet over it on which zones and plates are drawn, in the frame's pixels.
import { el, film, put, shows, svg } from "marque/index.js";

const NARROW = 700;

// `ready()`: whether there is a picture to ask for, or why not.
export function stage(id, { pictures }, ready) {
  const image = el("img", { alt: `Live picture of ${id}`, draggable: "false", hidden: true });
  const sheet = svg("svg", { class: "sheet", preserveAspectRatio: "none" });
  const note = el("p.note", { role: "status" }, pictures ? "Waiting for the picture …" : "You may not see pictures.");
  const frame = el("div.frame", {}, image, sheet, note);
  const show = shows(image);
  const watchers = new Set();
  let size = [1280, 720], fixed = false, held = false, running;

  const fit = () => {
    frame.style.setProperty("--ratio", `${size[0]} / ${size[1]}`);
    frame.style.setProperty("--wide", size[0] / size[1]);
    sheet.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
    for (const told of watchers) told();
  };
  const resized = (wanted) => { if (wanted?.[0] && (wanted[0] !== size[0] || wanted[1] !== size[1])) { size = wanted; fit(); } };
  const present = (jpeg) => { image.hidden = false; show(jpeg); };
  image.addEventListener("load", () => { if (!fixed && frame.clientWidth > NARROW) resized([image.naturalWidth, image.naturalHeight]); });
  const observer = new ResizeObserver(() => { for (const told of watchers) told(); });
  observer.observe(frame);
  fit();
  if (pictures)
    running = film(id, { fps: 5, overlay: true, width: innerWidth < NARROW ? 960 : "" }, (jpeg) => { if (!held) present(jpeg); },
      (text) => { put(note, text); note.hidden = !text || held; }, () => {
        const why = ready();
        if (why) { put(note, why); note.hidden = held; }
        return !why;
      });
  return {
    host: frame, sheet,
    size: () => size,
    // How many of the frame's pixels one pixel of the screen is.
    scale: () => size[0] / (frame.clientWidth || size[0]),
    // What the camera says its frames are.
    known(wanted) { if (wanted) { fixed = true; resized(wanted); } },
    overlay: (wanted) => running?.set({ overlay: wanted }),
    // Show this picture instead of the live one; null: go on.
    hold(jpeg) { held = Boolean(jpeg); if (jpeg) { note.hidden = true; present(jpeg); } },
    changed(told) { watchers.add(told); return () => watchers.delete(told); },
    stop() { running?.stop(); observer.disconnect(); },
  };
}

// A text over a picture, readable on any.
export const label = (x, y, text, scale, classes = "") => svg("text", { x, y, class: `label ${classes}`, "font-size": 14 * scale, "stroke-width": 4 * scale }, text);
