// All cameras and how they are.
import { h } from "vue";
import { ago, api, attempt, dialog, download, el, icon, keys, number, plate, put, query, shows, toast, view } from "marque/index.js";
import { add } from "marque-camera/add.js";
import { condition, drops, milliseconds, path, rate, reason, state } from "marque-camera/words.js";

const EVERY = 3000, PICTURE = 4000, READ = 15000, SOON = 900, AT_ONCE = 2;

function draw(host, options) {
  const cards = new Map(), near = new Set();
  const watch = new IntersectionObserver((seen) => { for (const one of seen) if (one.isIntersecting) near.add(one.target); else near.delete(one.target); pictures(); }, { rootMargin: "100px" });
  const grid = el("div.cameras"), note = el("div", { role: "status" }), count = el("span.quiet");
  let timer, looking = 0, ended = false, known = false;

  const opens = () => { if (!options.manage) return; window.history.replaceState(window.history.state, "", "/cameras?add"); add(options, () => window.history.replaceState(window.history.state, "", "/cameras")); };
  const file = el("button.btn", { type: "button", onclick: () => transfer(options, ask) }, icon("download"), options.manage ? "Import, export" : "Export");
  const plus = options.manage && el("button.btn.main", { type: "button", onclick: opens }, icon("plus"), "Add a camera");
  host.append(el("div.head", {}, el("h1", {}, "Cameras"), count, el("div.row", {}, file, plus)), note, grid);

  async function ask() {
    clearTimeout(timer);
    if (!document.hidden) {
      try { const found = (await api("/v1/cameras")).cameras; if (ended) return; show(found); } catch (error) { put(note, el("p.wrong", {}, error.message)); }
    }
    if (!ended) timer = setTimeout(ask, EVERY);
  }

  function show(found) {
    put(note, !found.length && nothing());
    const ids = found.map((one) => one.settings.id);
    for (const [id, one] of cards) if (!ids.includes(id)) { watch.unobserve(one.host); near.delete(one.host); cards.delete(id); one.host.remove(); }
    for (const one of found) {
      const { id } = one.settings;
      if (!cards.has(id)) { const made = card(id, options, ask); cards.set(id, made); grid.append(made.host); watch.observe(made.host); }
      cards.get(id).show(one);
    }
    const words = new Map();
    for (const one of found) words.set(condition(one)[1], (words.get(condition(one)[1]) ?? 0) + 1);
    put(count, [...words].map(([word, many]) => `${number(many)} ${word}`).join(", "));
    if (!known) { known = true; if (location.search.startsWith("?add")) opens(); }
    pictures();
  }

  // Pictures of the cards that can be seen, a few at a time, each only so often.
  function pictures() {
    if (ended || document.hidden || !options.pictures) return;
    const due = [...cards.values()].filter((one) => near.has(one.host) && one.due()).sort((one, other) => one.taken() - other.taken());
    while (looking < AT_ONCE && due.length) { looking += 1; due.shift().look().finally(() => { looking -= 1; pictures(); }); }
  }

  const nothing = () => el("section.card.empty", {}, el("h2", {}, "No camera yet"), options.manage
    ? [el("p", {}, "Add one by its address, and test it before it is saved. Or watch the drawn street first."), el("div.row.middle", {}, el("button.btn.main", { type: "button", onclick: opens }, icon("plus"), "Add a camera"),
      el("button.btn", { type: "button", onclick: () => attempt(async () => { await api("/v1/cameras", { id: "demo", source: "scene:realtime=true&vehicles=100" }); ask(); }) }, icon("play"), "Watch the drawn street"))]
    : el("p", {}, "Whoever manages cameras can add one here."));

  const forget = keys(options.manage ? { a: ["add a camera", opens] } : {});
  const clock = setInterval(pictures, 1000);
  const back = () => { if (!document.hidden) ask(); };
  document.addEventListener("visibilitychange", back);
  ask();
  return () => { ended = true; clearTimeout(timer); clearInterval(clock); watch.disconnect(); forget(); document.removeEventListener("visibilitychange", back); };
}

function card(id, options, changed) {
  const image = el("img", { alt: `Picture of ${id}`, hidden: true }), none = el("span.quiet.small");
  const how = el("span"), why = el("p.small"), facts = el("dl.facts"), read = el("div.lastread"), where = el("span.small.quiet");
  const turn = el("button.btn", { type: "button", onclick: run });
  const show = shows(image);
  let camera, taken = 0, asked = 0, drawn = "", waiting = false;
  const host = el("article.card.camera", { "aria-label": id }, el("a.look", { href: `/cameras/${encodeURIComponent(id)}`, "aria-label": `Open ${id}` }, image, none),
    el("div.row", {}, el("h2", {}, el("a", { href: `/cameras/${encodeURIComponent(id)}` }, id)), how), why, facts, read, el("div.row.foot", {}, where, options.manage && turn));

  async function run() {
    turn.disabled = true;
    await attempt(() => api(`POST ${path(id, camera.running ? "/stop" : "/start")}`));
    turn.disabled = false;
    changed();
  }

  async function look() {
    taken = Date.now();
    waiting = true;
    try {
      if (camera.picture) { show(await (await api(`${path(id, "/snapshot")}?${query({ width: 480, overlay: true })}`)).blob()); image.hidden = false; }
      put(none, camera.picture ? "" : camera.running ? "No picture yet" : "Stopped");
    } catch (error) { put(none, error.message); }
    image.classList.toggle("old", !camera.picture);
    if (options.reads && Date.now() - asked > READ) await newest();
    waiting = false;
  }

  async function newest() {
    asked = Date.now();
    const found = (await api(`/v1/reads?${query({ camera: id, limit: 1 })}`).catch(() => null))?.reads[0]?.event;
    put(read, found ? el("a", { href: `/reads/${encodeURIComponent(found.id)}` }, plate(found.plate, "small"), el("span.small.quiet", {}, ago(found.last_seen))) : el("span.small.quiet", {}, "Nothing read yet"));
  }

  return {
    host, look,
    taken: () => taken,
    due: () => !waiting && Date.now() - taken > (camera.picture ? PICTURE : SOON),
    show(now) {
      camera = now;
      const key = JSON.stringify(now);
      if (key === drawn) return;
      drawn = key;
      put(how, state(now));
      put(why, reason(now));
      put(facts, rows(now).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
      put(where, [now.origin === "file" ? "configuration file" : "added here", options.site].filter(Boolean).join(" · "));
      put(turn, icon(now.running ? "pause" : "play"), now.running ? "Stop" : "Start");
      turn.setAttribute("aria-label", `${now.running ? "Stop" : "Start"} ${id}`);
    },
  };
}

function rows({ health }) {
  if (!health) return [];
  const lost = drops(health);
  return [
    ["Frames", `${rate(health.fps)} /s given, ${rate(health.processed_fps)} /s looked at`],
    ["Latency", milliseconds(health.latency_ms)],
    ["Dropped", lost.length ? lost.map((one) => el("span", { title: one.sentence }, `${number(one.count)} ${one.word} `)) : number(health.dropped)],
    health.reconnects && ["Connected anew", `${number(health.reconnects)} times`],
  ].filter(Boolean);
}

function transfer(options, changed) {
  const secrets = el("input", { type: "checkbox" }), text = el("textarea.field.mono", { rows: 8, id: "yaml", spellcheck: "false", placeholder: 'cameras:\n  - id: gate\n    source: "rtsp://…"' });
  const wrong = el("p.wrong", { role: "alert" });
  const take = el("button.btn", { type: "button", onclick: () => attempt(async () => download("cameras.yaml", await (await api(`/v1/cameras.yaml?secrets=${secrets.checked}`)).text(), "application/yaml")) }, icon("download"), "Export as YAML");
  const chosen = el("input", { type: "file", id: "yaml-file", accept: ".yaml,.yml,application/yaml", onchange: async () => { if (chosen.files[0]) text.value = await chosen.files[0].text(); } });
  const give = el("button.btn.main", { type: "button", onclick: async () => {
    put(wrong);
    try {
      const { count } = await api("PUT /v1/cameras.yaml", text.value, { headers: { "Content-Type": "application/yaml" } });
      toast(`${number(count)} ${count === 1 ? "camera" : "cameras"} added or changed.`);
      shown.close();
      changed();
    } catch (error) { put(wrong, error.named ?? error.message); }
  } }, "Import");
  const shown = dialog("Cameras as a file", el("div.transfer", {},
    el("p", {}, "As the configuration file holds them."), options.manage && el("label.check", {}, secrets, "with passwords"), el("div.row", {}, take),
    options.manage && [el("label", { for: "yaml" }, "Import: cameras are added and changed, all or none. Others stay."), text, el("label.small", { for: "yaml-file" }, "or from a file"), chosen, wrong],
    el("div.row.ends", {}, el("button.btn.bare", { type: "button", onclick: () => shown.close() }, "Close"), options.manage && give)));
  shown.classList.add("broad");
}

export default view(h, draw);
