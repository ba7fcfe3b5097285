// Thresholds tried on the live picture before they are saved.
import { api, el, icon, number, percent, plate, put, settled, svg, toast } from "marque/index.js";
import { title } from "marque-camera/form.js";
import { label } from "marque-camera/stage.js";
import { change, copied, milliseconds, path, sentence } from "marque-camera/words.js";

const EVERY = 3000, AWHILE = 45000;
const SLIDERS = [
  { name: "detection_threshold", min: 0.05, max: 1, step: 0.01, none: "as the model's card", first: 0.5, help: "How sure the detector must be that something is a plate." },
  { name: "recognition_threshold", min: 0, max: 1, step: 0.01, help: "How sure the text must be before it is told." },
  { name: "min_plate_width", min: 4, max: 320, step: 1, unit: " px", help: "Narrower plates are not read; the outline on the picture is this wide." },
  { name: "min_plate_length", min: 1, max: 12, step: 1, unit: " characters", help: "Shorter texts are put into quarantine." },
];

// `shared` as in zones.js. Returns { host, stop, dirty }.
export function trial(shared) {
  const { id, camera, stage, manage } = shared;
  let tried = {}, running = false, again = false, stopped = false, timer, until = 0, storing = null;
  const layer = svg("g", { class: "trial" });
  stage.sheet.append(layer);
  const results = el("ul.results"), took = el("span.small.quiet"), said = el("p.small.quiet", { role: "status" }), wrong = el("p.wrong", { role: "alert" });
  const on = el("input", { type: "checkbox", checked: true, onchange: () => { if (on.checked) wake(); else live(); } });
  const once = el("button.btn", { type: "button", onclick: () => wake() }, icon("retry"), "Try now");
  const save = el("button.btn.main", { type: "button", onclick: () => { storing = store(); } }, icon("check"), "Save thresholds");
  const back = el("button.btn", { type: "button", onclick: () => { tried = {}; for (const one of sliders) one.reset(); wake(); } }, "Discard");
  const foot = el("div.row.ends");
  const sliders = SLIDERS.map((one) => slider(one, camera().settings[one.name], (value) => { set(one.name, value); wake(); }));
  const host = el("section.trial", { "aria-label": "Thresholds" }, el("p.small.quiet", {}, "Move a slider and see on the picture what would be told, what not, and why. Nothing changes until you save. How many readings must agree one picture cannot show."),
    sliders.map((one) => one.host), el("div.row", {}, once, el("label.check.small", {}, on, "and again every 3 s")), wrong, el("div.row", {}, said, took), foot);
  shared.below.append(results);

  function set(name, value) {
    if (value === camera().settings[name]) delete tried[name];
    else tried[name] = value;
    controls();
  }

  function controls() {
    const changed = Object.keys(tried).length > 0;
    save.disabled = back.disabled = !changed;
    if (camera().origin === "api") { if (!foot.childNodes.length) put(foot, back, save); } else put(foot, changed && [copied(tried), back]);
  }

  async function store() {
    save.disabled = true;
    try {
      await change(id, tried);
      tried = {};
      toast("Saved. The camera reads with these thresholds now.");
      await shared.refresh();
      for (const one of sliders) one.reset(camera().settings[one.name]);
    } catch (error) { put(wrong, error.named ?? error.message); }
    controls();
  }

  // Somebody is here: try, and go on for a while.
  const soon = settled(() => look(), 200);
  function wake() { until = Date.now() + AWHILE; soon(); }

  async function look() {
    clearTimeout(timer);
    if (stopped) return;
    if (running) { again = true; return; }
    if (!camera().picture) { put(said, "There is no picture to try them on yet."); timer = setTimeout(look, EVERY); return; }
    running = true;
    try {
      // Null is "as the camera has it" to the server, so a threshold that is taken away cannot be tried; it is as low as it gets.
      const body = Object.fromEntries(Object.entries(tried).map(([name, value]) => [name, value ?? 0]));
      show(await api(`POST ${path(id, "/try")}?picture=${shared.pictures}`, body));
      put(wrong);
    } catch (error) { if (!stopped) { put(wrong, error.said ?? error.message); live(); } }
    running = false;
    if (stopped) return;
    if (again) { again = false; look(); return; }
    if (on.checked && Date.now() < until && !document.hidden) timer = setTimeout(look, EVERY);
    else if (on.checked) put(said, said.textContent.replace(/ Paused.*$/, ""), " Paused: move a slider or try again.");
  }

  function show(found) {
    if (stopped) return;
    stage.known(found.size);
    if (found.picture) stage.hold(bytes(found.picture));
    const told = found.plates.filter((one) => one.told).length;
    put(said, `${number(found.plates.length)} found, ${number(told)} would be told.`);
    put(took, milliseconds(found.took_ms));
    put(results, found.plates.map(result));
    if (!found.plates.length) put(results, el("li.quiet", {}, "No plate in this picture. Try again when a vehicle is there."));
    paint(found);
  }

  function paint(found) {
    const scale = stage.scale(), least = tried.min_plate_width ?? camera().settings.min_plate_width;
    const shapes = found.plates.map((one) => {
      const points = (one.plate.quad ?? corners(one.plate.box));
      const [x, y] = [Math.min(...points.map((p) => p[0])), Math.min(...points.map((p) => p[1]))];
      const sign = one.told ? "✓" : one.under ? "·" : "✕";
      return [svg("polygon", { points: points.map((p) => p.join(",")).join(" "), class: `found ${fate(one)}` }), label(x, Math.max(y - 6 * scale, 14 * scale), `${sign} ${one.plate.display || one.plate.text || "?"}`, scale)];
    });
    const [, height] = found.size;
    const ruler = svg("rect", { x: 12 * scale, y: height - 12 * scale - least / 4, width: least, height: least / 4, class: "ruler" });
    layer.replaceChildren(...shapes.flat(), ruler, label(12 * scale, height - 18 * scale - least / 4, `${least} px`, scale));
  }

  function live() { clearTimeout(timer); stage.hold(null); layer.replaceChildren(); }
  controls();
  if (manage) wake();
  return { host, async dirty() { await storing; return Object.keys(tried).length > 0 && camera().origin === "api"; }, stop() { stopped = true; live(); layer.remove(); results.remove(); } };
}

const fate = (one) => (one.told ? "told" : one.under ? "under" : "rejected");
const corners = ([x0, y0, x1, y1]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
const bytes = (text) => new Blob([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], { type: "image/jpeg" });

function result(one) {
  const words = { told: ["good", "would be told"], rejected: ["bad", "rejected"], under: ["warn", "just under"] }[fate(one)];
  return el(`li.${fate(one)}`, {}, el("div.row", {}, plate(one.plate, "small"), el(`span.state.${words[0]}`, {}, words[1])),
    one.reason && el("p.small", {}, sentence(one.reason.sentence)),
    el("p.small.quiet", {}, `${Math.round(one.width)} px wide${one.plate.text ? ` · text ${percent(one.plate.confidence)}` : ""} · plate ${percent(one.plate.detection_confidence)} · sharp ${percent(one.sharpness)}${one.zone ? ` · ${one.zone}` : ""}`));
}

let count = 0;
function slider({ name, min, max, step, unit = "", none, first, help }, had, moved) {
  const id = `slider-${name}-${(count += 1)}`;
  const input = el("input", { type: "range", id, min, max, step, value: had ?? first, "aria-describedby": `${id}-help`, oninput: () => { own(true); tell(); } });
  const output = el("output", { for: id }), was = el("span.small.quiet");
  const tick = none && el("input", { type: "checkbox", onchange: () => { own(tick.checked); tell(); } });
  const value = () => (none && !tick.checked ? null : Number(input.value));
  const own = (wanted) => { if (tick) tick.checked = wanted; write(); };
  const written = (one) => (one === null ? none : `${step < 1 ? one.toFixed(2) : one}${unit}`);
  const write = () => { put(output, written(value())); put(was, value() === had ? "" : `now ${written(had)}`); };
  const tell = () => { write(); moved(value()); };
  const reset = (to = had) => { had = to; input.value = had ?? first; if (tick) tick.checked = had !== null; write(); };
  reset();
  const host = el("div.slider", {}, el("div.row", {}, el("label", { for: id }, title(name)), output, was), input,
    el("p.small.quiet", { id: `${id}-help` }, help), tick && el("label.check.small", {}, tick, "another than the model's own"));
  return { host, reset };
}
