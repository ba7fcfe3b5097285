// How it is: parts, storage, networks.
import { ago, api, attempt, el, moment, number, put } from "marque/index.js";

const GOOD = { up: "good", ended: "good", closed: "good", ok: "good", lost: "bad", failed: "bad", failing: "bad", open: "bad" };
const state = (word, text = word) => el(`span.state.${GOOD[word] ?? "warn"}`, {}, text);
const bytes = (count) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"], step = count ? Math.min(4, Math.floor(Math.log2(count) / 10)) : 0;
  return `${(count / 1024 ** step).toFixed(step ? 1 : 0)} ${units[step]}`;
};

export const table = (columns, rows, empty) => rows.length
  ? el("div.card.wide", {}, el("table.table", {}, el("thead", {}, el("tr", {}, columns.map((one) => el("th", {}, one)))), el("tbody", {}, rows)))
  : el("p.card.empty", {}, empty);
export const line = (...cells) => el("tr", {}, cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : el("td", {}, cell))));
const facts = (pairs) => el("dl.facts", {}, pairs.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

export function health(place, options) {
  async function look() {
    // failing is an answer too, with 503
    const found = await attempt(async () => (await fetch("/health", { headers: { Accept: "application/json" } })).json());
    if (!found) return;
    put(place,
      el("div.card.row", {}, el("strong", {}, state(found.status, `Marque ${found.version} is ${found.status}`)),
        options.may("state:view") && el("a", { href: "/metrics" }, "counters for Prometheus"), el("a", { href: "/docs" }, "API")),
      el("h2", {}, "Cameras"),
      table(["Camera", "State", "Pictures a second", "Delay", "Frames", "Dropped", "Since"], found.cameras.map((one) => line(
        el("a", { href: `/cameras/${encodeURIComponent(one.camera)}` }, one.camera), [state(one.state), one.reason && el("div.quiet.small", {}, [one.reason, one.hint].filter(Boolean).join(". "))],
        one.fps === undefined ? "" : `${one.processed_fps.toFixed(1)} of ${one.fps.toFixed(1)}`, one.latency_ms ? `${Math.round(one.latency_ms)}\u00a0ms` : "", number(one.frames),
        [number(one.dropped), ...Object.entries(one.drops ?? {}).filter(([, count]) => count).map(([why, count]) => el("div.quiet.small", {}, `${why.replaceAll("_", " ")} ${number(count)}`))],
        one.last_frame ? ago(one.last_frame) : "no frame yet")), "No camera is watched here."),
      el("h2", {}, "Sinks"),
      table(["Sink", "State", "Waiting", "Last success", "Last failure"], found.sinks.map((one) => line(one.sink ?? one.name, state(one.breaker, one.breaker === "closed" ? "works" : one.breaker.replace("_", " ")),
        number(one.pending), one.delivered ? ago(one.delivered) : "never", one.error || "none")), "No sink is configured: events stay here."),
      el("h2", {}, "Event log"),
      el("div.card", {}, state(found.store.status ?? "ok"), found.store.cursor !== undefined && el("span.quiet", {}, ` newest entry ${number(found.store.cursor)}`), found.store.error && el("p.bad", {}, found.store.error)));
  }
  look();
  const timer = setInterval(() => document.hidden || look(), 5000);
  return () => clearInterval(timer);
}

export function storage(place, options) {
  attempt(async () => {
    const kept = await api("/v1/storage"), used = 1 - kept.free / kept.room;
    const days = options.may("analytics:view") ? await api("/v1/analytics/counts?by=day").catch(() => null) : null;
    const most = Math.max(1, ...(days?.rows ?? []).map((row) => row.reads));
    put(place, el("div.card", {}, facts([
      ["Database", `${kept.database}, ${bytes(kept.bytes)}`], ["Reads", `${kept.reads.exact ? "" : "about "}${number(kept.reads.count)}`],
      ["From", kept.oldest ? moment(kept.oldest) : "nothing yet"], kept.newest && ["To", moment(kept.newest)],
      ["Kept for", `${kept.retention_days} days`], ["Pictures", kept.pictures === "file" ? "in a folder" : `in an object store (${kept.pictures})`],
      ["Room", [`${bytes(kept.free)} of ${bytes(kept.room)} free`, el("meter", { min: 0, max: 1, high: 0.8, optimum: 0, value: used, "aria-label": "disk used", style: { width: "10rem", "margin-left": ".8rem" } })]],
    ])), days && el("h2", {}, "Reads a day"), days && table(["Day", "Reads", ""], days.rows.map((row) => line(row.key, number(row.reads),
      el("i.daily", { style: { "--part": `${(100 * row.reads) / most}%` } }))), "No reads in the last seven days."));
  });
}

const does = { detector: "Finds plates", recognizer: "Reads plates", vehicles: "Finds vehicles, where a camera asks for them" };

export function models(place) {
  attempt(async () => {
    const { models: found } = await api("/v1/models");
    put(place, found.map((one) => el("section.card", { style: { display: "grid", gap: ".7rem" } }, el("h2", {}, does[one.kind] ?? one.kind),
      facts([["Network", `${one.type} ${one.version || "(not loaded until it is needed)"}`], ["Runs on", one.device], one.precision && ["Precision", one.precision],
        Object.keys(one.options).length > 0 && ["Options", Object.entries(one.options).map(([name, value]) => `${name}: ${value}`).join(", ")]]),
      one.card && el("details", {}, el("summary", {}, "Its card: data, figures, limits"), el("pre.written", {}, one.card)))));
  });
}
