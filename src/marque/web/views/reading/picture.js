// One picture, what is read in it drawn on it, and a card for each plate.

import { el, icon, put, svg } from "marque/index.js";
import { ask, why } from "reading/ask.js";
import { plateCard } from "reading/plate.js";

// `file`: a picture. `read` has it read and never raises; `end` lets go of it.
export function picture(file, options) {
  const address = URL.createObjectURL(file);
  const stop = new AbortController();
  const shown = overlaid(address, file.name || "the picture");
  const state = el("p.quiet", { role: "status" }, "waiting");
  const plates = el("div.plates");
  const element = el("article.card.reading", { "aria-label": file.name || "picture" }, header(file.name || "picture", state), shown.element, plates);
  return {
    element,
    async read(region) {
      state.textContent = "reading …";
      try {
        const waits = (seconds) => { state.textContent = `the server is busy, trying again in ${seconds} s`; };
        const found = await ask(file, region, { signal: stop.signal, waits });
        await shown.there;
        put(state, summary(found));
        fill(found, shown, plates, options);
      } catch (error) {
        if (error.name === "AbortError") return;
        shown.element.hidden = true;
        state.className = "bad";
        state.setAttribute("role", "alert");
        put(state, icon("alert"), why(error, file, options.megabytes));
      }
    },
    end() { stop.abort(); URL.revokeObjectURL(address); },
  };
}

export const header = (name, ...state) => el("div.row.title", {}, el("h2", {}, name), state, el("button.btn.bare.away", { type: "button", "aria-label": `Take ${name} away`, title: "Take it away" }, icon("close")));

// Plates on their picture and beside it; pointing at one shows the other.
export function fill(found, shown, plates, options) {
  const outlines = shown.outline(found);
  put(plates, found.plates.map((one, number) => {
    const card = plateCard(one, { image: shown.image, width: found.width, regions: options.regions });
    const lit = (on) => () => { card.classList.toggle("lit", on); outlines[number].classList.toggle("lit", on); };
    for (const part of [card, outlines[number]]) { part.addEventListener("pointerenter", lit(true)); part.addEventListener("pointerleave", lit(false)); }
    return card;
  }));
}

function summary(found) {
  const count = found.plates.length;
  const said = count === 0 ? "no plate was found" : count === 1 ? "one plate" : `${count} plates`;
  const hint = count ? "" : " A plate should be at least 60 pixels wide, and sharp.";
  return `${said} in ${Math.round(found.ms.total)} ms (${Math.round(found.ms.detect)} to find, ${Math.round(found.ms.recognize)} to read), ${found.width} × ${found.height} pixels.${hint}`;
}

// The picture with a drawing over it. `there` resolves when it can be drawn from, or the browser cannot show it.
export function overlaid(address, name) {
  const image = el("img", { alt: name, decoding: "async" });
  const drawing = svg("svg", { class: "overlay", "aria-hidden": "true" });
  const note = el("p.quiet.small", { hidden: true }, "This browser cannot show this kind of picture; what is read in it is below.");
  const there = new Promise((resolve) => {
    image.addEventListener("load", () => resolve(true), { once: true });
    image.addEventListener("error", () => { image.hidden = true; note.hidden = false; resolve(false); }, { once: true });
  });
  image.src = address;
  return {
    image, there, element: el("figure.overlaid", {}, image, drawing, note),
    outline(found) {
      drawing.setAttribute("viewBox", `0 0 ${found.width} ${found.height}`);
      const outlines = found.plates.map((one) => outline(one, found));
      put(drawing, outlines);
      return outlines;
    },
  };
}

function outline(one, found) {
  const size = Math.max(found.width / 42, 11);
  const points = one.quad.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" ");
  const left = Math.min(Math.max(one.box[0], 0), found.width - size * 3), top = one.box[1] > size * 1.8 ? one.box[1] - size * 0.5 : one.box[3] + size * 1.2;
  const [x0, y0, x1, y1] = one.box;
  return svg("g", {}, svg("rect", { x: x0, y: y0, width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0), class: "box" }), svg("polygon", { points, class: "quad" }),
    svg("text", { x: left, y: top, "font-size": size }, one.display || one.text || "?"));
}

