// How the camera is doing, since this page was opened.
import { ago, el, moment, number, plate, put, svg } from "marque/index.js";
import { drops, milliseconds, rate } from "marque-camera/words.js";

const KEPT = 180, FEW = 30;
const LINES = [["fps", "Frames given", (value) => `${rate(value)} /s`], ["processed_fps", "Frames looked at", (value) => `${rate(value)} /s`], ["latency_ms", "Latency", milliseconds]];

// Kept by the page, so that it goes on while another tab is open.
export function history() {
  const points = [];
  return { points, take(health) { points.push(health ?? {}); if (points.length > KEPT) points.shift(); } };
}

export function now(shared) {
  const lines = LINES.map(line), facts = el("dl.facts"), list = el("div"), last = el("div");
  const host = el("section.now", { "aria-label": "Now" }, el("div.lines", {}, lines.map((one) => one.host)), list, facts, last);
  const show = () => {
    const camera = shared.camera(), { health } = camera;
    for (const one of lines) one.show(shared.history.points);
    put(list, dropped(health));
    put(facts, rows(camera, shared.site).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
    put(last, shared.last() && [el("h3", {}, "Last read"), el("a.lastread", { href: `/reads/${encodeURIComponent(shared.last().id)}` }, plate(shared.last().plate, "small"), el("span.small.quiet", {}, ago(shared.last().last_seen)))]);
  };
  show();
  return { host, show, stop() {} };
}

function rows({ settings, origin, running, health, changed_by: by }, site) {
  return [
    ["Address", el("span.mono.small", {}, typeof settings.source === "string" ? settings.source : JSON.stringify(settings.source))],
    site && ["Site", site],
    health?.size && ["Picture", `${health.size[0]} × ${health.size[1]} pixels`],
    health?.last_frame && ["Last frame", moment(health.last_frame, settings.timezone)],
    health?.uptime && ["Connected", span(health.uptime)],
    health && ["Frames", `${number(health.frames)}${health.reconnects ? `, connected anew ${number(health.reconnects)} times` : ""}`],
    ["Kept in", origin === "file" ? "the configuration file" : "the database"],
    by && ["Changed by", by],
    !running && ["Stopped", "until somebody starts it"],
  ].filter(Boolean);
}

function dropped(health) {
  const found = drops(health);
  if (!health) return null;
  if (!found.length) return el("p.small.quiet", {}, "No frame was dropped.");
  const most = Math.max(...found.map((one) => one.count));
  return [el("h3", {}, "Frames dropped"), el("ul.drops", {}, found.map((one) => el("li", { style: { "--part": one.count / most } }, el("span", {}, one.sentence), el("b", {}, `${number(one.count)} of ${number(health.frames)}`))))];
}

function line([name, title, worded]) {
  const drawn = svg("svg", { viewBox: "0 0 180 40", preserveAspectRatio: "none", role: "img" }), value = el("b"), range = el("span.small.quiet");
  const host = el("div.line", {}, el("span.small.quiet", {}, title), value, drawn, range);
  return { host, show(points) {
    const values = points.map((one) => one[name] ?? null), known = values.filter((one) => one !== null);
    put(value, worded(values.at(-1)));
    if (!known.length) { drawn.replaceChildren(); put(range, "not known"); return; }
    const [least, most] = [Math.min(...known), Math.max(...known)];
    put(range, least === most ? "" : `${worded(least)} to ${worded(most)}`);
    drawn.setAttribute("aria-label", `${title} since this page was opened: ${worded(least)} to ${worded(most)}`);
    drawn.replaceChildren(...pieces(values, Math.max(most, 1e-9)).map((way) => svg("polyline", { points: way })));
  } };
}

// Lines between the points that are known, in a picture of 180 by 40, zero below.
function pieces(values, most) {
  const found = [[]], step = 180 / (Math.max(values.length, FEW) - 1);
  values.forEach((value, at) => { if (value === null) found.push([]); else found.at(-1).push(`${180 - (values.length - 1 - at) * step},${38 - (value / most) * 35}`); });
  return found.filter((one) => one.length).map((one) => (one.length === 1 ? [one[0], one[0]] : one).join(" "));
}

function span(seconds) {
  for (const [size, unit] of [[86400, "days"], [3600, "hours"], [60, "minutes"]]) if (seconds >= 2 * size) return `for ${Math.floor(seconds / size)} ${unit}`;
  return `for ${Math.floor(seconds)} seconds`;
}
