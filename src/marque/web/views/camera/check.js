// The camera check: what is measured on the picture and its plates, how good that is, what to do about it.
import { ago, api, el, icon, number, put } from "marque/index.js";
import { path } from "marque-camera/words.js";

const NAMES = {
  plate_width: "Plate width, in the middle", plate_width_p10: "Plate width, narrowest tenth", plate_sharpness: "Sharpness of plates", motion_blur: "Motion blur", picture_sharpness: "Sharpness of the picture",
  brightness: "Brightness", clipped_dark: "Black without detail", clipped_bright: "White without detail", frame_rate: "Frames given", processed_rate: "Frames looked at", latency: "Latency", dropped: "Frames dropped",
  plate_tilt: "Plates turned", plate_skew: "Plates seen from the side",
};
const WORDS = { good: ["good", "good"], weak: ["warn", "weak"], bad: ["bad", "bad"], unknown: ["", "not known yet"] };
const EVERY = 5000;

export function check(shared) {
  let timer, ended = false;
  const note = el("p.small.quiet", { role: "status" }, "Measuring …"), body = el("tbody");
  const again = el("button.btn", { type: "button", onclick: ask }, icon("retry"), "Check again");
  const host = el("section.check", { "aria-label": "Camera check" }, el("div.row", {}, note, again),
    el("table.table", {}, el("thead.sr", {}, el("tr", {}, ["What", "Value", "Verdict and advice"].map((one) => el("th", { scope: "col" }, one)))), body));

  async function ask() {
    clearTimeout(timer);
    if (!document.hidden) {
      try {
        const found = await api(path(shared.id, "/check"));
        put(note, found.time ? `Of the picture ${ago(found.time)} and the last ${number(found.plates)} readings of plates.` : "There is no picture to check.");
        put(body, found.rows.map(row));
      } catch (error) { put(note, error.message); }
    }
    if (!ended) timer = setTimeout(ask, EVERY);
  }
  ask();
  return { host, stop() { ended = true; clearTimeout(timer); } };
}

function row(one) {
  const [level, word] = WORDS[one.verdict] ?? ["", one.verdict];
  const value = one.value === null ? "–" : `${Number(one.value.toPrecision(3))}${one.unit ? ` ${one.unit}` : ""}`;
  return el("tr", {}, el("th", { scope: "row" }, NAMES[one.name] ?? one.name), el("td.num", {}, value), el("td", {}, el(`span.state${level ? "." + level : ""}`, {}, word), el("p.small.quiet", {}, one.advice)));
}
