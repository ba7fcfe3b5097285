// One vehicle's pass on the wall: made once, then filled anew with each revision.

import { clock, crop, cropped, el, icon, moment, percent, picture, plate, put, sure, vehicle } from "marque/index.js";

const CALM = new Set(["normal", "quarantine"]);
const WAYS = { approaching: ["↓", "coming"], receding: ["↑", "leaving"] };
const CHANGES = { text: "plate", region: "region", confidence_class: "confidence", event_class: "class", class: "class", vehicle_type: "vehicle", vehicle_color: "colour" };
const WEIGHTY = ["text", "region", "class", "event_class"];
const UNSURE = 0.7;
const STALE = 10 * 60 * 1000;

// Why it is to stand out: its tags, and its class if that is one to look at. None today; lists of vehicles bring them.
export const alarms = (event) => [...(Array.isArray(event.tags) ? event.tags : []), ...(CALM.has(event.class ?? "normal") ? [] : [event.class])].map(String);

export function card(event, pictures) {
  const image = el("img.crop", { alt: "", decoding: "async", width: 200, height: 80 });
  const link = el("a.open");
  const parts = { link, tags: el("div.row.tags"), facts: el("div.facts-line"), when: el("div.when"), change: el("p.change.small", { hidden: true }) };
  const element = el("li.pass.card", { "data-id": event.id }, el("div.shot", {}, image), el("div.said", {}, link, parts.tags), parts.facts, parts.when, parts.change);
  const made = { element, image, parts, event: undefined, gone: false };
  fill(made, event, pictures);
  return made;
}

// Returns whether something was changed of what the wall had shown before.
export function fill(made, event, pictures) {
  const before = made.event;
  if (before && event.revision < before.revision) return false;
  const { element, image, parts } = made;
  const hot = alarms(event);
  made.event = event;
  made.gone ||= event.kind === "lost";
  element.classList.toggle("hot", hot.length > 0);
  element.classList.toggle("quarantined", event.class === "quarantine");
  element.classList.toggle("gone", made.gone);
  put(parts.link, plate(event.plate, "large"));
  parts.link.href = `/reads/${encodeURIComponent(event.id)}`;
  parts.link.setAttribute("aria-label", `${event.plate?.display || event.plate?.text || "not read"}, ${event.camera}, ${clock(event.first_seen, event.timezone)}`);
  put(parts.tags, tags(event, hot));
  put(parts.facts, facts(event));
  put(parts.when, when(made));
  const said = changes(event);
  if (said.length) {
    put(parts.change, icon("pen"), el("span", {}, said.join(" · ")));
    parts.change.hidden = false;
    parts.change.classList.toggle("quiet", !WEIGHTY.some((name) => name in event.changes));
  }
  const shown = event.images?.[crop(event)];
  image.alt = cropped(event);
  element.classList.toggle("blind", !(pictures && shown));
  if (pictures && shown && shown !== before?.images?.[crop(before)]) pictures.hang(image, picture(event, crop(event)));
  return Boolean(before) && said.length > 0;
}

function tags(event, hot) {
  const found = hot.map((text) => el("span.tag.alarm", {}, icon("alert"), text));
  if (event.class === "quarantine") found.push(el("span.tag.warn", {}, "quarantine", event.reason ? `: ${sentence(event.reason)}` : ""));
  else if (event.plate && event.plate.confidence < UNSURE) found.push(el("span.tag.warn", { title: `read with a confidence of ${percent(event.plate.confidence)}` }, "unsure"));
  if (event.correction) found.push(el("span.tag.good", { title: event.correction.reason || null }, `corrected by ${event.correction.by}`));
  if (event.parked) found.push(el("span.tag.quiet", {}, "parked"));
  if (event.zone) found.push(el("span.tag.quiet", { title: "zone" }, event.zone));
  return found;
}

function facts(event) {
  const [arrow, way] = WAYS[event.direction] ?? [];
  return [el("span.camera", {}, icon("camera"), el("span", {}, event.camera)), arrow && el("span", {}, el("span", { "aria-hidden": "true" }, arrow), ` ${way}`),
    vehicle(event) && el("span", {}, vehicle(event))].filter(Boolean);
}

function when(made) {
  const { event } = made;
  const here = !made.gone && !event.correction && Date.now() - new Date(event.last_seen) < STALE;
  return [el("time", { datetime: event.first_seen, title: moment(event.first_seen, event.timezone) }, shortly(event)), event.plate && sure(event.plate.confidence),
    here ? el("span.state.good.small", {}, "here") : made.gone && el("span.state.small.quiet", {}, "gone")];
}

const DAY = 24 * 3600 * 1000;
const shortly = (event) => (Date.now() - new Date(event.first_seen) < DAY / 2 ? clock : moment)(event.first_seen, event.timezone);

// "too_short: 2 characters, …" is a name for programs and a sentence for people.
const sentence = (reason) => { const text = String(reason); return text.includes(": ") ? text.slice(text.indexOf(": ") + 2) : text.replaceAll("_", " "); };

export const changes = (event) => Object.entries(event.changes ?? {}).map(([name, { from, to }]) => `${CHANGES[name] ?? name} ${worded(from)} → ${worded(to)}`);
const worded = (value) => (value === null || value === undefined || value === "" ? "none" : String(value));
