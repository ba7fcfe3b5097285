// What was found, as crops or as a table.

import { clock, crop, cropped, el, moment, percent, picture, plate, sure, vehicle } from "marque/index.js";
import { read, why } from "search/found.js";

const PICTURE = { loading: "lazy", decoding: "async", width: 240, height: 96 };
export const COLUMNS = ["Seen", "Plate", "Why", "Region", "Camera", "Vehicle", "Sure", ""];

export function tags(event) {
  return [
    event.class === "quarantine" && el("span.tag.warn", { title: event.reason }, "quarantine"),
    event.correction && el("span.tag.good", { title: `by ${event.correction.by}` }, "corrected"),
    event.parked && el("span.tag.quiet", {}, "parked"),
  ];
}

const named = (event) => `${event.plate?.display || event.plate?.text || "not read"}, ${event.camera}, ${moment(event.first_seen, event.timezone)}`;
const likeness = (found) => found.likeness && el("span.like", { title: `${percent(found.likeness.score)} alike: what was read, and what was asked for` }, why(found.likeness));

// One found read as an item of a list.
export function card(found, q, pictures) {
  const { event } = found;
  const shot = pictures && crop(event) ? el("img.crop", { ...PICTURE, src: picture(event, crop(event)), alt: cropped(event) }) : el("div.crop.none", {}, pictures ? "no picture" : "");
  return el("li.card.found", { "data-id": event.id }, shot,
    el("div.row.first", {}, el("a.open", { href: read(event.id, q), "aria-label": named(event) }, plate(event.plate)), event.plate && sure(event.plate.confidence)),
    likeness(found),
    el("div.line.small", {}, el("span", {}, moment(event.first_seen, event.timezone)), el("span.quiet", {}, [event.camera, vehicle(event)].filter(Boolean).join(" · "))),
    el("div.row.tags", {}, tags(event)));
}

// The same as a row of a table.
export function row(found, q, pictures, day) {
  const { event } = found;
  const shot = pictures && crop(event) && el("img.mini", { ...PICTURE, src: picture(event, crop(event)), alt: "" });
  return el("tr.found", { "data-id": event.id },
    el("td.when", {}, el("span", {}, day), el("span", {}, clock(event.first_seen, event.timezone))),
    el("td", {}, el("div.row.two", {}, shot, el("a.open", { href: read(event.id, q), "aria-label": named(event) }, plate(event.plate, "small")))),
    el("td", {}, likeness(found)),
    el("td", {}, event.plate?.region?.code ?? ""),
    el("td", {}, event.camera),
    el("td", {}, vehicle(event)),
    el("td", {}, event.plate && sure(event.plate.confidence)),
    el("td", {}, el("div.row", {}, tags(event))));
}
