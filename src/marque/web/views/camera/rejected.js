// Why was this rejected: what the camera saw and did not tell, each with the reason and what helps.
import { api, clock, el, number, percent, plate, put, svg } from "marque/index.js";
import { label } from "marque-camera/stage.js";
import { path, sentence } from "marque-camera/words.js";

const EVERY = 2500, WIDER = 1.25;
const REASONS = {
  weak: ["not sure it is a plate", "Lower the detection threshold, or light the plates better.", "thresholds"],
  excluded: ["in a zone left out", "Change the zones if it should be read.", "zones"],
  outside_zones: ["outside the zones", "Change the zones if it should be read.", "zones"],
  too_narrow: ["too narrow", "Zoom in, or lower the least plate width.", "thresholds"],
  cut: ["cut by the border", "Turn the camera so that plates are whole where they are read.", ""],
  not_read: ["seen too shortly", "It passed in too few frames; the check says how many are looked at.", "check"],
  no_text: ["no text", "It may be no plate, or too blurred; see the check.", "check"],
  unconfirmed: ["readings do not agree", "See the check for sharpness and size, or ask for fewer readings in the settings.", "check"],
  low_confidence: ["text not sure enough", "Lower the recognition threshold, or see the check for what makes it hard.", "thresholds"],
  too_short: ["too short", "Lower the least number of characters if such plates are real here.", "thresholds"],
  geometry: ["no plate's shape", "It is wider, higher or larger than plates are.", ""],
  no_format: ["fits no format", "Name the regions that are expected here in the settings.", "settings"],
  told_already: ["told already", "The vehicle is parked, or came back at once.", ""],
  doubted: ["may be another vehicle", "Too little was read to tell.", ""],
  still: ["nothing moved", "Frames in which nothing moves are not looked at; the motion gate in the settings changes that.", "settings"],
};

export function rejected(shared) {
  const { id, camera, stage } = shared;
  const rows = new Map();
  let only = "", timer, ended = false, found = [];
  const layer = svg("g", { class: "trial" });
  stage.sheet.append(layer);
  const chips = el("div.row", { role: "group", "aria-label": "Reasons" }), list = el("ol.rejected"), note = el("p.quiet", { role: "status" }, "Asking …");
  const host = el("section", { "aria-label": "Why was this rejected?" }, el("p.small.quiet", {}, "The last 50 plates that this camera saw and did not tell, or not yet, or only in quarantine. Kept in memory: a restart forgets them."), chips, note, list);

  async function ask() {
    clearTimeout(timer);
    if (!document.hidden) {
      try { found = (await api(path(id, "/rejections"))).rejections; put(note, found.length ? "" : "Nothing was rejected since the camera was started."); show(); } catch (error) { put(note, error.message); }
    }
    if (!ended) timer = setTimeout(ask, EVERY);
  }

  function show() {
    const counts = new Map();
    for (const one of found) counts.set(one.reason.why, (counts.get(one.reason.why) ?? 0) + 1);
    if (only && !counts.has(only)) only = "";
    const key = JSON.stringify([...counts, only]);
    if (chips.dataset.key !== key) {
      chips.dataset.key = key;
      put(chips, counts.size > 1 && [["", found.length], ...counts].map(([why, count]) => el("button.btn.chip", { type: "button", "aria-pressed": String(only === why), onclick: () => { only = why; show(); } }, why ? REASONS[why]?.[0] ?? why : "all", el("span.quiet", {}, number(count)))));
    }
    const wanted = found.filter((one) => !only || one.reason.why === only);
    for (const [key] of rows) if (!wanted.some((one) => one.number === key)) rows.delete(key);
    const hosts = wanted.map((one) => { if (!rows.has(one.number)) rows.set(one.number, row(one)); const kept = rows.get(one.number); kept.show(one); return kept.host; });
    // What is there already stays where the focus may be; only another order moves it.
    if (hosts.length !== list.childNodes.length || hosts.some((one, at) => list.childNodes[at] !== one)) put(list, hosts);
  }

  function row(first) {
    let wide = 0, drawn = "";
    const image = el("img.crop", { alt: "The plate that was rejected", hidden: true }), words = el("div");
    const point = () => { const one = found.find((other) => other.number === first.number); if (one?.box) mark(one); };
    const host = el("li", { onpointerenter: point, onpointerleave: clear, onfocusin: point, onfocusout: clear }, el("div.shot", {}, image), words);
    return { host, show(one) {
      if (one.picture && shared.pictures && (one.width ?? 1) >= WIDER * wide) { wide = one.width ?? 1; image.hidden = false; image.src = `${path(id, `/rejections/${one.number}/image`)}?of=${Math.round(wide)}`; }
      const now = JSON.stringify(one);
      if (now === drawn) return;
      drawn = now;
      put(words, told(one, camera().settings.timezone, shared.open));
    } };
  }

  function mark(one) {
    const [x0, y0, x1, y1] = one.box, scale = stage.scale();
    layer.replaceChildren(svg("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, class: "found rejected" }), label(x0, Math.max(y0 - 6 * scale, 14 * scale), `✕ ${one.text || REASONS[one.reason.why]?.[0] || ""}`, scale));
  }
  const clear = () => layer.replaceChildren();
  ask();
  return { host, stop() { ended = true; clearTimeout(timer); layer.remove(); } };
}

function told(one, zone, open) {
  const [name, advice, tab] = REASONS[one.reason.why] ?? [one.reason.why, "", ""];
  const facts = [one.width && `${Math.round(one.width)} px wide`, one.score && `plate ${percent(one.score)}`, one.confidence !== null && one.text && `text ${percent(one.confidence)}`, one.readings && `${number(one.readings)} ${one.readings === 1 ? "reading" : "readings"}`].filter(Boolean).join(" · ");
  return [
    el("div.row", {}, one.text ? plate(one, "small") : el("span.quiet", {}, "no text"), el("span.tag", {}, name), one.open && el("span.state.warn", {}, "still there")),
    el("p", {}, sentence(one.reason.sentence)),
    el("p.small.quiet", {}, [clock(one.last, zone), one.times > 1 && `${number(one.times)} times since ${clock(one.time, zone)}`, facts].filter(Boolean).join(" · ")),
    el("p.small", {}, advice, " ", tab && el("button.link", { type: "button", onclick: () => open(tab) }, `To the ${tab}`), one.event && [" ", el("a", { href: `/reads/${encodeURIComponent(one.event)}` }, "Its read")]),
  ];
}
