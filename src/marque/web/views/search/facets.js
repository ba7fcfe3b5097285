// How many of what was found each camera, region, hour … has; a click adds the word, another takes it out.

import { el, number, put } from "marque/index.js";

const FIELDS = [
  ["camera", "Camera", "camera", "camera"],
  ["site", "Site", "site", "site"],
  ["zone", "Zone", "zone", "zone"],
  ["region", "Region", "region", "region"],
  ["class", "Class", "class", ""],
  ["vehicle_type", "Vehicle", "type", "vehicle type"],
  ["vehicle_color", "Colour", "color", "colour"],
  ["vehicle_make", "Make", "make", "make"],
  ["direction", "Direction", "direction", "direction"],
];
const FEW = 6;
const STATES = { quarantine: "in quarantine", normal: "not in quarantine" };
const HOUR = 3600 * 1000, DAY = 25 * HOUR;

const written = (kind, value) => (kind === "class" ? value : /\s/.test(value) ? `${kind}:"${value}"` : `${kind}:${value}`);
const meant = (field, label, value) => (field === "class" ? STATES[value] : `${label} ${value}`);

// `add(word)`, `drop(part)`. Returns { element, show(answer, phrase) }.
export function facets(add, drop) {
  const body = el("div.facets");
  const element = el("details.narrow.card", { open: matchMedia("(min-width: 60rem)").matches }, el("summary", {}, el("h2", {}, "Narrow it")), body);
  return {
    element,
    show(counted, phrase) {
      if (!counted) return put(body);
      const about = counted.count.exact ? "" : "about ";
      return put(body, hours(counted.facets.hour ?? [], phrase, about, add), FIELDS.map(([field, title, kind, label]) => {
        const values = (counted.facets[field] ?? []).filter((one) => field !== "direction" || one.value !== "unknown");
        const chosen = (value) => phrase.parts.find((part) => part.used && part.meaning === meant(field, label, value));
        if (!values.length || (values.length === 1 && !chosen(values[0].value) && field !== "camera")) return null;
        return group(title, values, (one) => value(one, values[0].count, about, chosen(one.value), () => add(written(kind, one.value)), drop));
      }));
    },
  };
}

function group(title, values, draw) {
  const rest = values.slice(FEW);
  const list = el("ul", {}, values.slice(0, FEW).map(draw));
  const more = rest.length > 0 && el("button.link.small", { type: "button", onclick: () => { list.append(...rest.map(draw)); more.remove(); } }, `${rest.length} more`);
  return el("section", {}, el("h3", {}, title), list, more);
}

function value(one, most, about, part, choose, drop) {
  return el("li", {}, el("button.facet", { type: "button", "aria-pressed": String(Boolean(part)), style: { "--part": `${Math.round((100 * one.count) / most)}%` }, onclick: () => (part ? drop(part) : choose()) },
    el("span.name", {}, one.value), el("span.quiet", { title: about ? "estimated" : null }, `${about}${number(one.count)}`)));
}

// Hours of the day where the browser is. On one day an hour can be chosen.
function hours(values, { filters, parts }, about, add) {
  if (!values.length) return null;
  const shift = Math.round(-new Date().getTimezoneOffset() / 60);
  const counts = new Array(24).fill(0);
  for (const one of values) counts[(Number(one.value) + shift + 48) % 24] += one.count;
  const most = Math.max(...counts, 1);
  const length = filters.since && filters.until ? new Date(filters.until) - new Date(filters.since) : Infinity;
  const day = length > 2 * HOUR && length <= DAY && parts.filter((part) => part.kind === "time").length === 1;
  const bar = (count, hour) => {
    const label = `${hour}:00, ${about}${number(count)}`;
    return day ? el("button.hour", { type: "button", title: label, "aria-label": label, style: { "--part": count / most }, onclick: () => add(`${hour}-${hour + 1}`) })
      : el("span.hour", { title: label, style: { "--part": count / most } });
  };
  return el("section", {}, el("h3", {}, "Hour"), el("div.hours", { role: day ? "group" : "img", "aria-label": "Reads by hour of the day" }, counts.map(bar)),
    el("div.scale.small.quiet", { "aria-hidden": "true" }, ["0", "6", "12", "18", "24"].map((one) => el("span", {}, one))));
}
