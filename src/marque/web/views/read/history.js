// What became of a read: its revisions, its deliveries, and other passes of its plate.

import { api, attempt, clock, el, icon, moment, percent, picture, plate, put, query, toast, vehicle } from "marque/index.js";
import { read, search, why } from "search/found.js";

const PARTS = [
  ["plate", (event) => event.plate?.text ?? event.correction?.text],
  ["region", (event) => event.plate?.region?.code],
  ["confidence", (event) => event.plate && percent(event.plate.confidence)],
  ["readings", (event) => event.plate?.readings],
  ["class", (event) => event.class],
  ["zone", (event) => event.zone],
  ["direction", (event) => event.direction],
  ["parked", (event) => (event.parked ? "yes" : "no")],
  ["vehicle", (event) => vehicle(event)],
  ["pictures", (event) => Object.keys(event.images).sort().join(", ")],
];
const KINDS = { new: "Seen", update: "Read anew", lost: "Left" };
const STATES = { pending: "warn", delivered: "good", dead: "bad", expired: "bad", superseded: "" };
const OTHERS = 12, LONGEST = 32;

const worded = (value) => (value === undefined || value === null || value === "" ? "nothing" : String(value));

// A reason as a sentence, without its name for programs.
export const sentence = (reason) => { const text = String(reason); return text.includes(": ") ? text.slice(text.indexOf(": ") + 2) : text.replaceAll("_", " "); };

// What one revision changed of the one before, as people say it.
function changes(event, before) {
  if (!before) return [`plate ${worded(PARTS[0][1](event))}`, event.plate && `${percent(event.plate.confidence)} sure`, event.class === "quarantine" && `in quarantine${event.reason ? `: ${sentence(event.reason)}` : ""}`].filter(Boolean);
  return PARTS.filter(([, of]) => worded(of(event)) !== worded(of(before))).map(([name, of]) => `${name} ${worded(of(before))} → ${worded(of(event))}`);
}

const corrected = (event, before) => event.correction && event.correction.at !== before?.correction?.at;

export function history(revisions) {
  const entry = ({ event }, at) => {
    const before = revisions[at - 1]?.event;
    const by = corrected(event, before);
    const found = changes(event, before);
    return el("li", { "data-revision": event.revision }, el("span.dot", {}, icon(by ? "pen" : event.kind === "lost" ? "right" : event.kind === "new" ? "plus" : "retry")),
      el("div", {}, el("p", {}, el("b", {}, by ? `Corrected by ${event.correction.by}` : event.kind === "lost" && !before ? "Seen, and left" : KINDS[event.kind]), " ", el("span.quiet", {}, `${clock(event.time, event.timezone)} · revision ${event.revision}`)),
        el("p.small", {}, found.length ? found.join(" · ") : "nothing changed"), by && event.correction.reason && el("p.small.quiet", {}, event.correction.reason)));
  };
  return el("section.card", { "aria-label": "History" }, el("h2", {}, "History"), el("ol.history", {}, revisions.map(entry)));
}

// What is owed of it to sinks. A dead letter can be tried again.
export function deliveries(id, options, timezone) {
  const body = el("div");
  const element = el("section.card", { "aria-label": "Deliveries" }, el("h2", {}, "Deliveries"), body);
  const load = async () => {
    const page = await attempt(() => api(`/v1/deliveries?${query({ event: id, limit: 100 })}`));
    if (!page) return;
    const again = (one) => el("button.btn", { type: "button", onclick: async () => {
      const done = await attempt(() => api("/v1/deliveries/redrive", { ids: [one.id] }));
      if (done) { toast(done.count ? `It will be tried again at ${one.sink}.` : "It is no dead letter any more."); load(); }
    } }, icon("retry"), "Try again");
    const row = (one) => el("tr", {}, el("td", {}, one.sink), el("td.num", {}, one.event.revision), el("td", {}, el(`span.state${STATES[one.state] ? `.${STATES[one.state]}` : ""}`, {}, one.state)), el("td.num", {}, one.attempts),
      el("td", { title: `owed since ${moment(one.created, timezone)}` }, one.state === "pending" ? `due ${clock(one.due, timezone)}` : moment(one.created, timezone)), el("td.answer", {}, one.answer), el("td", {}, one.state === "dead" && options.redrive && again(one)));
    const head = ["Sink", "Revision", "State", "Attempts", "When", "Answer", ""].map((one) => el("th", { scope: "col" }, one));
    put(body, page.deliveries.length ? el("div.wide", {}, el("table.table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, page.deliveries.map(row)))) : el("p.quiet", {}, "Nothing of it is owed to any sink."));
  };
  load();
  return element;
}

// Other passes of this plate, and of what it may have been misread as.
export function others(event, options) {
  const text = event.plate?.text;
  if (!text || text.length > LONGEST) return null;
  const body = el("div");
  const link = el("a", { href: search(`~${text}`) }, "All of them");
  const element = el("section.card", { "aria-label": "Other passes" }, el("div.head", {}, el("h2", {}, "Other passes of this plate"), options.plates && link), body);
  if (!options.plates) { put(body, el("p.quiet", {}, "To look for other passes of a plate you would need the right to search for plates.")); return element; }
  const entry = ({ event: one, likeness }) => el("li", {}, el("a", { href: read(one.id) },
    options.pictures && one.images.plate ? el("img.crop", { src: picture(one, "plate"), alt: "", loading: "lazy", width: 200, height: 80 }) : null,
    plate(one.plate, "small"), likeness && el("span.like", {}, why(likeness)), el("span.small", {}, moment(one.first_seen, one.timezone)), el("span.small.quiet", {}, one.camera)));
  attempt(async () => {
    const page = await api(`/v1/reads?${query({ plate: text, match: "fuzzy", limit: OTHERS + 1 })}`);
    const rest = page.reads.filter((one) => one.event.id !== event.id).slice(0, OTHERS);
    put(body, rest.length ? el("ul.others", {}, rest.map(entry)) : el("p.quiet", {}, "This is the only one."));
  });
  return element;
}
