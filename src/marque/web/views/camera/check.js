// The camera check: what is measured on the picture and its plates, how good that is, what to do about it.
import { ago, api, el, icon, number, put } from "marque/index.js";
import { path } from "marque-camera/words.js";

const NAMES = {
  plate_width: "Plate width, in the middle", plate_width_p10: "Plate width, narrowest tenth", plate_sharpness: "Sharpness of plates", motion_blur: "Motion blur", picture_sharpness: "Sharpness of the picture",
  plate_clipped: "Plates without detail", brightness: "Brightness", clipped_dark: "Black without detail", clipped_bright: "White without detail", frame_rate: "Frames given", processed_rate: "Frames looked at", latency: "Latency", dropped: "Frames dropped",
  plate_tilt: "Plates turned", plate_skew: "Plates seen from the side",
};
const WORDS = { good: ["good", "good"], weak: ["warn", "weak"], bad: ["bad", "bad"], unknown: ["", "unknown"] };
const UNITS = { "1/s": " /s", x: " ×", degrees: "°" };
const EVERY = 5000;

export function check(shared) {
  let timer, ended = false;
  const note = el("p.small.quiet", { role: "status" }, "Measuring …"), sum = el("p.row"), list = el("ul.checks");
  const again = el("button.btn", { type: "button", onclick: ask }, icon("retry"), "Check again");
  const host = el("section.check", { "aria-label": "Camera check" }, el("div.row", {}, note, again),
    sum, list);

  async function ask() {
    clearTimeout(timer);
    if (!document.hidden) {
      try {
        const found = await api(path(shared.id, "/check"));
        put(note, found.time ? `Of the picture ${ago(found.time)} and the last ${number(found.plates)} readings of plates.` : "There is no picture to check.");
        put(list, found.rows.map(row));
        put(sum, ["bad", "weak", "good", "unknown"].map((one) => [one, found.rows.filter((other) => other.verdict === one).length]).filter(([, many]) => many).map(([one, many]) => verdict(one, number(many))));
      } catch (error) { put(note, error.message); }
    }
    if (!ended) timer = setTimeout(ask, EVERY);
  }
  ask();
  return { host, stop() { ended = true; clearTimeout(timer); } };
}

function row(one) {
  const value = one.value === null ? "–" : `${Number(one.value.toPrecision(3))}${UNITS[one.unit] ?? (one.unit ? ` ${one.unit}` : "")}`;
  return el("li", {}, el("b", {}, NAMES[one.name] ?? one.name), el("data", { value: one.value ?? "" }, value), verdict(one.verdict), el("p.small.quiet", {}, one.advice));
}

function verdict(name, count = "") {
  const [level, word] = WORDS[name] ?? ["", name];
  return el(`span.state${level ? "." + level : ""}`, {}, `${count} ${word}`.trim());
}
