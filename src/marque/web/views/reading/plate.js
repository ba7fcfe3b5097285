// What was read of one plate: its crop, its text, how sure each character is and what else it may be.

import { el, icon, percent, plate, put, sure, toast } from "marque/index.js";

const WIDE = 300;
const LEAST = 0.005;

// `image`: the picture that it is in, `width` its pixels as the server counted them. `more`: what else is to be said.
export function plateCard(read, { image, width, regions = [], more = [] }) {
  const name = regions.find(([code]) => code === read.region?.code)?.[1] ?? read.region?.code;
  const others = read.candidates.slice(1).filter((one) => one.text !== read.text && one.confidence >= LEAST);
  return el("section.read", { "aria-label": read.text || "plate without a text" },
    el("div.seen", {}, crop(read, image, width), el("div.row", {}, plate(read, "large"), copy(read), sure(read.confidence)), more),
    characters(read),
    el("dl.facts.small", {}, fact("Region", name ? `${name} (${percent(read.region.confidence)})` : "not known"), read.format && fact("Format", read.format),
      others.length > 0 && fact("May also be", el("span.row", {}, others.map((one) => el("span.candidate", {}, el("span.mono", {}, one.display || one.text), " ", el("span.quiet", {}, percent(one.confidence)))))),
      read.raw && read.raw !== read.text && fact("As read", el("span.mono", {}, read.raw)), fact("Detected", percent(read.detection_confidence))));
}

const fact = (name, ...value) => [el("dt", {}, name), el("dd", {}, value)];

function copy(read) {
  const text = read.display || read.text;
  if (!text) return null;
  return el("button.btn.bare", { type: "button", "aria-label": `Copy ${text}`, title: "Copy the text", onclick: async () => {
    try { await navigator.clipboard.writeText(text); toast(`${text} is copied.`); } catch { toast("This browser does not let it be copied.", true); }
  } }, icon("copy"));
}

// Each character with how sure it is, and under it what else it may be.
function characters(read) {
  return el("ol.characters", { "aria-label": "Characters" }, read.characters.map((one) => {
    const level = one.confidence >= 0.9 ? "good" : one.confidence >= 0.7 ? "warn" : "bad";
    const others = one.alternatives.filter((other) => other.char !== one.char && other.confidence >= LEAST).slice(0, 2);
    return el("li", { title: `${one.char}: ${percent(one.confidence)}` }, el("span.char", {}, one.char), el(`span.bar.${level}`, { style: { "--part": `${Math.round(one.confidence * 100)}%` } }),
      el(`span.small.${level}`, {}, percent(one.confidence)), others.map((other) => el("span.other", { title: `or ${other.char}: ${percent(other.confidence)}` }, other.char, " ", el("span.quiet", {}, percent(other.confidence)))));
  }));
}

// The plate, cut out of the picture and turned upright: what its top left, top right and bottom left corners span.
function crop(read, image, width) {
  const canvas = el("canvas.crop", { role: "img", "aria-label": `the plate ${read.text}` });
  if (!image?.naturalWidth) return put(el("div.crop"));
  const scale = image.naturalWidth / (width || image.naturalWidth);
  const [a, b, , d] = read.quad.map(([x, y]) => [x * scale, y * scale]);
  const wide = Math.hypot(b[0] - a[0], b[1] - a[1]), high = Math.hypot(d[0] - a[0], d[1] - a[1]);
  const factor = WIDE / Math.max(wide, 1), rim = 0.06 * WIDE;
  canvas.width = Math.round(WIDE + 2 * rim);
  canvas.height = Math.round(Math.min(high * factor, WIDE) + 2 * rim);
  const u = [b[0] - a[0], b[1] - a[1]], v = [d[0] - a[0], d[1] - a[1]];
  const area = u[0] * v[1] - u[1] * v[0];
  if (Math.abs(area) < 1) return canvas;
  const along = WIDE / area, down = (high * factor) / area;
  const context = canvas.getContext("2d");
  context.setTransform(v[1] * along, -u[1] * down, -v[0] * along, u[0] * down, rim - (a[0] * v[1] - a[1] * v[0]) * along, rim - (a[1] * u[0] - a[0] * u[1]) * down);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0);
  return canvas;
}
