// One camera: its picture, and what can be seen and set about it.
import { h } from "vue";
import { api, asked, attempt, el, icon, keys, put, view } from "marque/index.js";
import { check } from "marque-camera/check.js";
import { history, now } from "marque-camera/now.js";
import { rejected } from "marque-camera/rejected.js";
import { settings } from "marque-camera/settings.js";
import { stage } from "marque-camera/stage.js";
import { trial } from "marque-camera/trial.js";
import { path, reason, state } from "marque-camera/words.js";
import { zones } from "marque-camera/zones.js";

const EVERY = 2000, READS = 5;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

// [hash, name, what it draws, whether there is something for this visitor]
const TABS = [
  ["now", "Now", now, () => true],
  ["zones", "Zones", zones, () => true],
  ["thresholds", "Thresholds", trial, (one) => one.manage],
  ["rejected", "Rejected", rejected, (one) => one.reads],
  ["check", "Check", check, () => true],
  ["settings", "Settings", settings, () => true],
];

function draw(host, options) {
  let current, timer, ended = false, camera, last, turns = 0, wanted = "";
  const picture = stage(options.id, options, () => (camera?.picture ? "" : !camera || camera.running ? "Waiting for the picture …" : "The camera is stopped."));
  const below = el("div.below");
  const shared = { ...options, below, stage: picture, history: history(), camera: () => camera, last: () => last, refresh: ask, rest, open: (name) => open(name) };
  const tabs = TABS.filter(([, , , for_]) => for_(options)), buttons = new Map();
  const panel = el("div.panel", { role: "tabpanel", id: "panel", tabindex: -1 });
  const bar = el("div.tabs", { role: "tablist", "aria-label": "About the camera", onkeydown: walk }, tabs.map(([name, title]) => {
    const button = el("button.tab", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick: () => open(name) }, title);
    buttons.set(name, button);
    return button;
  }));
  const how = el("span"), why = el("p.small", { role: "status" }), turn = el("button.btn", { type: "button", hidden: true, onclick: run });
  const marks = el("input", { type: "checkbox", checked: true, onchange: () => picture.overlay(marks.checked) });
  const head = el("div.head", {}, el("a.btn.bare", { href: "/cameras", "aria-label": "All cameras" }, icon("left")), el("h1", {}, options.id), how, turn);
  const under = options.pictures && el("label.check.small", {}, marks, "Draw the plates that are seen");

  async function ask() {
    clearTimeout(timer);
    if (!document.hidden) {
      try { camera = await api(path(options.id)); } catch (error) { if (ended) return; if (!camera || error.status === 404) { missing(error); return; } put(why, error.message); }
      if (options.reads && turns % READS === 0) last = (await api(`/v1/reads?camera=${encodeURIComponent(options.id)}&limit=1`).catch(() => null))?.reads[0]?.event ?? last;
      turns += 1;
      if (ended) return;
      show();
    }
    clearTimeout(timer);
    if (!ended) timer = setTimeout(ask, EVERY);
  }

  // While it is being removed nobody asks how it is.
  function rest(still) {
    ended = still;
    clearTimeout(timer);
    if (!still) ask();
  }

  function show() {
    const first = !current;
    shared.history.take(camera.health);
    picture.known(camera.health?.size);
    put(how, state(camera));
    put(why, reason(camera));
    why.hidden = !why.textContent;
    turn.hidden = !options.manage;
    put(turn, icon(camera.running ? "pause" : "play"), camera.running ? "Stop" : "Start");
    if (first) open(wanted || named() || "now");
    else current.show?.();
  }

  const named = () => tabs.map(([name]) => name).find((name) => name === location.hash.slice(1));

  async function open(name) {
    if (!camera) { wanted = name; return; }
    if (current?.name === name) return;
    if ((await current?.dirty?.()) && !(await asked("Leave without saving?", "What was changed here is not saved.", "Leave it", true))) return;
    current?.stop();
    const [, title, make] = tabs.find(([one]) => one === name);
    current = { name, ...make(shared) };
    put(panel, current.host);
    panel.setAttribute("aria-labelledby", `tab-${name}`);
    for (const [one, button] of buttons) { button.setAttribute("aria-selected", String(one === name)); button.tabIndex = one === name ? 0 : -1; }
    buttons.get(name).scrollIntoView({ block: "nearest", inline: "nearest" });
    if (location.hash.slice(1) !== name && (name !== "now" || location.hash)) window.history.replaceState(window.history.state, "", `#${name}`);
    document.title = `${options.id}: ${title} · Marque`;
  }

  function walk(event) {
    const names = tabs.map(([name]) => name), at = names.indexOf(current?.name);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined || !current) return;
    event.preventDefault();
    const name = names[(to + names.length) % names.length];
    buttons.get(name).focus();
    open(name);
  }

  async function run() {
    turn.disabled = true;
    await attempt(() => api(`POST ${path(options.id, camera.running ? "/stop" : "/start")}`));
    turn.disabled = false;
    ask();
  }

  function missing(error) {
    put(host, el("section.card.notice", {}, el("h1", {}, error.status === 404 ? "There is no such camera" : "The camera cannot be shown"), el("p", {}, error.message), el("p", {}, el("a", { href: "/cameras" }, "All cameras"))));
    stop();
  }

  const forget = keys(Object.fromEntries(tabs.map(([name, title], number) => [String(number + 1), [title, () => open(name)]])));
  const changed = () => { if (camera && named()) open(named()); };
  addEventListener("hashchange", changed);
  function stop() { ended = true; clearTimeout(timer); current?.stop(); current = null; picture.stop(); forget(); removeEventListener("hashchange", changed); }
  if (!NAME.test(options.id)) { missing({ status: 404, message: "A camera's name has letters, digits and _.- only." }); return stop; }
  host.append(head, why, el("div.onecamera", {}, el("div.left", {}, el("div.picture", {}, picture.host, under), below), el("div.card.side", {}, bar, panel)));
  ask();
  return stop;
}

export default view(h, draw);
