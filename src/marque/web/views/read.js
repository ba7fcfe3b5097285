// A read: what was seen, what was read, what became of it, and what it really says.
import { h } from "vue";
import { ago, api, el, icon, keys, moment, percent, picture, plate, put, set, sure, view } from "marque/index.js";
import { evidence } from "read/evidence.js";
import { deliveries, history, others, sentence } from "read/history.js";
import { stage } from "read/stage.js";
import { correction } from "read/text.js";
import { neighbours, read, search } from "search/found.js";

const WAYS = { approaching: "coming", receding: "leaving" };
const PARTS = { type: "Vehicle", color: "Colour", make: "Make", model: "Model" };
const q = new URLSearchParams(location.search).get("q");

const fact = (name, ...value) => value.flat().some((one) => one !== null && one !== undefined && one !== false && one !== "") && [el("dt", {}, name), el("dd", {}, value)];

function facts(event) {
  const seconds = Math.round((new Date(event.last_seen) - new Date(event.first_seen)) / 1000);
  const seen = Object.entries(PARTS).map(([name, label]) => event.vehicle?.[name] && fact(label, event.vehicle[name].value, " ", el("span.quiet", {}, percent(event.vehicle[name].confidence))));
  const read = event.plate;
  return el("section.card", { "aria-label": "Facts" }, el("h2", {}, "Facts"), el("dl.facts", {}, fact("Seen", moment(event.first_seen, event.timezone), seconds > 0 && `, for ${seconds} s`), fact("Time zone", event.timezone), fact("Camera", event.camera), fact("Site", event.site),
    fact("Zone", event.zone), fact("Direction", WAYS[event.direction]), fact("Parked", event.parked && "yes"), fact("Quarantine", event.class === "quarantine" && (event.reason ? sentence(event.reason) : "yes")), seen,
    read && [fact("Region", read.region && [read.region.code, " ", el("span.quiet", {}, percent(read.region.confidence))]), fact("Format", read.format), fact("Raw text", el("span.mono", {}, read.raw)), fact("Readings", String(read.readings)), fact("Plate found", percent(read.detection_confidence))],
    fact("Networks", Object.entries(event.models).map(([name, version]) => `${name} ${version}`).join(", ")), fact("Id", el("span.mono.small", {}, event.id))));
}

function head(event) {
  return el("div.head.title", {}, el("h1", {}, el("span.sr", {}, "Read "), plate(event.plate ?? (event.correction && { text: event.correction.text }), "large")),
    el("div.row", {}, event.plate && sure(event.plate.confidence), el("span", { title: ago(event.first_seen) }, moment(event.first_seen, event.timezone)), el("span.quiet", {}, event.camera),
      event.class === "quarantine" && el("span.tag.warn", {}, "quarantine"), event.correction && el("span.tag.good", {}, "corrected"), event.parked && el("span.tag.quiet", {}, "parked")));
}

function pictures(event, options) {
  if (!options.pictures) return { element: el("div.card.empty", {}, "To see pictures you would need the right to."), turn() {} };
  const frame = event.images.frame ? stage(event, picture(event, "frame")) : { element: el("div.card.empty", {}, "No frame was kept of it."), turn() {} };
  const shot = (name, title, alt) => event.images[name] && el("figure", {}, el(`img.shot-${name}`, { src: picture(event, name), alt }), el("figcaption.small.quiet", {}, title));
  return { turn: frame.turn, element: el("div.pictures", {}, frame.element, el("div.shots", {}, shot("plate", "The plate, straightened", `the plate ${event.plate?.text ?? ""}`), shot("vehicle", "The vehicle, at its best", "the vehicle"), shot("strip", "The frames it was read in; the best one is framed", "crops of the frames it was read in, each with its text"))) };
}

function way(host, id) {
  const button = (name, label, title) => el("a.btn.go", { "aria-label": label, title, "aria-disabled": "true" }, icon(name));
  const before = button("left", "Read before", "k"), after = button("right", "Next read", "j");
  const number = el("span.quiet.small");
  if (q !== null)
    neighbours(q, id).then((found) => {
      for (const [link, to] of [[before, found.before], [after, found.after]]) if (to) { link.removeAttribute("aria-disabled"); set(link, { href: read(to, q), onclick: (event) => { event.preventDefault(); location.replace(link.href); } }); }
      if (found.number) number.textContent = `number ${found.number}`;
    }, () => {});
  host.append(el("div.row.way", {}, el("a.btn.bare", { href: search(q ?? "") }, icon("left"), q === null ? "Search" : q ? el("span", {}, "Back to “", q, "”") : "Back to the search"), q !== null && el("div.row", {}, number, before, after)));
  return { before, after };
}

function draw(host, options) {
  const links = way(host, options.id);
  const body = el("div.body", { "aria-busy": "true" });
  let text, shots;
  host.append(body);

  const load = async () => {
    const entry = await api(`/v1/reads/${encodeURIComponent(options.id)}`);
    const { event } = entry;
    document.title = `${event.plate?.text ?? "Not read"} · ${event.camera} · Marque`;
    text = correction(entry, options, again);
    shots = pictures(event, options);
    put(body, head(event), el("div.sides", {}, el("div.left", {}, shots.element, evidence(entry, options), history(entry.revisions), options.deliveries && deliveries(event.id, options, event.timezone)), el("div.right", {}, text.element, facts(event))),
      others(event, options));
    body.removeAttribute("aria-busy");
  };
  const again = () => load().catch(failed);
  const failed = (error) => put(body, el("div.empty", { role: "alert" }, el("h2", {}, error.status === 404 || error.status === 422 ? "There is no such read" : "It cannot be shown"),
    el("p", {}, error.status === 422 ? "This is no number of a read." : error.message), el("div.row", {}, el("a.btn", { href: search(q ?? "") }, "To the search"))));
  again();

  const go = (link) => () => link.href && location.replace(link.href);
  return keys({
    c: ["correct the plate", () => options.correct && text?.write()],
    ...Object.fromEntries([1, 2, 3, 4, 5].map((number) => [String(number), [`take candidate ${number}, Enter saves it`, () => text?.choose(number)]])),
    z: ["the plate, or the whole frame", () => shots?.turn()],
    k: ["read before", go(links.before)],
    j: ["next read", go(links.after)],
    u: ["back to the search", () => location.assign(search(q ?? ""))],
  });
}

export default view(h, draw);
