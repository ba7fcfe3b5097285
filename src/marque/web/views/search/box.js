// The box: a line of words, and what each of them was taken for.

import { attempt, el, icon, put, set, settled } from "marque/index.js";
import { understand } from "search/found.js";

const HINTS = ["yesterday 8-9", "AB?2*", "black van", "unsure", "last 2 hours", "quarantine"];
const PLATES = new Set(["AB?2*"]);

// `go(q)`: somebody asks for this. Returns { element, show(q, parts), text, focus, hints }.
export function box(options, go) {
  const input = el("input.field", { id: "q", name: "q", type: "search", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search", maxlength: 500,
    "aria-label": "What to look for", "aria-describedby": "chips", placeholder: options.plates ? "Plate, camera, time … BBC123 gate yesterday 8-9" : "Camera, vehicle, time … gate black van today" });
  const chips = el("ul.chips", { id: "chips", "aria-live": "polite", "aria-label": "What it means" });
  const button = el("button.btn.main", { type: "submit" }, icon("search"), el("span", {}, "Search"));
  const form = el("form.box", { role: "search", onsubmit: (event) => { event.preventDefault(); go(input.value.trim()); } }, input, button);
  let asking, shown = "";

  const draw = (q, parts) => { shown = q; put(chips, parts.map((part) => chip(part, (text) => go(exchanged(q, part, text))))); };
  const explain = settled(async () => {
    const q = input.value;
    if (q.trim() === shown.trim()) return;
    asking?.abort();
    asking = new AbortController();
    const found = await attempt(() => understand(q.slice(0, 500), { signal: asking.signal }));
    if (found && input.value === q) draw(q, found.parts);
  }, 180);
  input.addEventListener("input", explain);
  input.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); input.blur(); } });

  const hints = () => el("div.row.hints", {}, HINTS.filter((one) => options.plates || !PLATES.has(one)).map((one) => el("button.btn.bare", { type: "button", onclick: () => go(one) }, one)));
  return {
    element: el("div.asked", {}, form, chips), input, hints,
    // What somebody writes meanwhile stays, and is explained by itself.
    show(q, parts) { if (input.value.trim() === q) { asking?.abort(); draw(q, parts); } },
    focus() { input.focus(); input.select(); },
  };
}

function chip(part, replace) {
  const bad = part.kind === "unknown" || part.problem;
  const said = part.meaning ? ` = ${part.meaning}` : "";
  const shown = el(`li.chip${bad ? ".bad" : ""}${part.used ? "" : ".unused"}`, { "data-kind": part.kind }, el("b", {}, part.text), el("span", {}, said));
  if (part.problem) shown.append(el("span.why", {}, icon("alert"), part.problem));
  if (part.offers.length) shown.append(el("span.offers", {}, part.kind === "unknown" ? "did you mean " : "or ", part.offers.map((one) => el("button.link", { type: "button", title: one.meaning, onclick: () => replace(one.text) }, part.kind === "plate" && !one.text.includes(":") ? one.meaning : one.text))));
  set(shown, { title: part.kind === "filler" ? "This word says nothing here" : null });
  return shown;
}

// The phrase with other words in place of a part; without it where there are none.
export function exchanged(q, part, text) {
  return `${q.slice(0, part.start)}${text}${q.slice(part.start + part.text.length)}`.replace(/\s+/g, " ").trim();
}
