// How what was read is shown: plates, times, how sure.

import { el } from "./dom.js";

export const percent = (score) => `${Math.round(score * 100)} %`;
export const number = (value) => new Intl.NumberFormat().format(value);

// A plate with its country's band, as `display` or `text` has it. `size`: "", "small" or "large".
export function plate(read, size = "") {
  const shown = el(`span.plate${size ? "." + size : ""}`);
  if (!read?.text) shown.classList.add("unread");
  const code = read?.region?.code ?? read?.region;
  if (code) shown.append(el("span.band", {}, code));
  shown.append(el("span.text", {}, read ? read.display || read.text || "?" : "not read"));
  return shown;
}

export function sure(score) {
  const level = score >= 0.9 ? "good" : score >= 0.7 ? "warn" : "bad";
  return el(`span.sure.${level}`, { style: { "--part": percent(score).replace(" ", "") }, title: `confidence ${percent(score)}` }, percent(score));
}

const formats = new Map();
function format(zone, style) {
  const key = `${zone} ${JSON.stringify(style)}`;
  if (!formats.has(key)) {
    try { formats.set(key, new Intl.DateTimeFormat(undefined, { timeZone: zone, ...style })); } catch { formats.set(key, new Intl.DateTimeFormat(undefined, style)); }
  }
  return formats.get(key);
}

// A time in the camera's own time zone.
export const clock = (time, zone) => format(zone, { timeStyle: "medium" }).format(new Date(time));
export const moment = (time, zone) => format(zone, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(time));

export function ago(time) {
  const seconds = Math.max(0, (Date.now() - new Date(time)) / 1000);
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  return `${Math.floor(seconds)} s ago`;
}

// Where a picture of a pass lies; `name` is one of its `images`.
export const picture = (event, name) => `/v1/events/${encodeURIComponent(event.id)}/images/${encodeURIComponent(name)}?revision=${event.revision}`;

// "black van Ford Transit", or nothing.
export const vehicle = (event) => ["color", "type", "make", "model"].map((one) => event.vehicle?.[one]?.value).filter(Boolean).join(" ");

// The name of its picture to show small: the plate, or the vehicle of a pass without one.
export const crop = (event) => ["plate", "vehicle"].find((name) => event.images?.[name]);
export const cropped = (event) => (event.plate?.text ? `the plate ${event.plate.text}` : crop(event) === "vehicle" ? vehicle(event) || "the vehicle" : "the plate");

export const kinds = { new: "here", update: "corrected", lost: "gone" };
