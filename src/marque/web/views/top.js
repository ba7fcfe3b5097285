// Brand, navigation, the scheme of colours, who is there.
import { h } from "vue";
import { api, attempt, el, help, icon, keys, svg, view } from "marque/index.js";

const MARK = [
  ["rect", { y: 8, width: 32, height: 16, rx: 3, fill: "#111" }],
  ["rect", { x: 1.5, y: 9.5, width: 29, height: 13, rx: 2, fill: "#fff" }],
  ["rect", { x: 1.5, y: 9.5, width: 6, height: 13, rx: 2, fill: "#034ea2" }],
  ["path", { d: "M11 20v-8l4 4 4-4v8M24 12v8", stroke: "#111", "stroke-width": 2, fill: "none" }],
];
const SCHEMES = ["system", "light", "dark"];

function scheme(wanted) {
  localStorage.setItem("marque-scheme", wanted);
  if (wanted === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  window.Quasar?.Dark.set(wanted === "system" ? "auto" : wanted === "dark");
  window.dispatchEvent(new Event("marque-scheme"));
}

async function leave() {
  await attempt(() => api("DELETE /v1/session"));
  location.assign("/login");
}

function draw(host, options) {
  const go = (path) => () => location.assign(path);
  const here = (path) => (path === "/" ? options.here === "/" : options.here.startsWith(path) || (path === "/search" && options.here.startsWith("/reads")));
  const links = options.doors.map((door) =>
    el("a", { href: door.path, title: `g ${door.key}`, "aria-current": here(door.path) ? "page" : null }, icon(door.icon), el("span", {}, door.name)));
  const now = () => localStorage.getItem("marque-scheme") ?? "system";
  const shade = el("button.btn.bare", { type: "button", "aria-label": "Colours", onclick: () => turn() }, icon("moon"));
  const turn = () => { scheme(SCHEMES[(SCHEMES.indexOf(now()) + 1) % SCHEMES.length]); shade.title = `Colours: ${now()}`; };
  shade.title = `Colours: ${now()}`;
  if (now() !== "system") scheme(now());
  const side = el("div.side", {}, el("button.btn.bare", { type: "button", title: "Keys (?)", "aria-label": "Keys", onclick: help }, icon("help")), shade);
  if (options.kind === "user")
    side.append(el("button.btn.bare", { type: "button", id: "leave", title: `Sign out ${options.name}`, onclick: leave }, icon("user"), el("span", {}, "Sign out")));
  host.append(el("a.sr", { href: "#main" }, "To the content"),
    el("header.top", {}, el("a.brand", { href: "/" }, svg("svg", { viewBox: "0 0 32 32", "aria-hidden": "true" }, ...MARK.map(([tag, attributes]) => svg(tag, attributes))), "Marque"),
      el("nav", { "aria-label": "Pages" }, links), side));
  return keys(Object.fromEntries(options.doors.map((door) => [`g ${door.key}`, [door.name, go(door.path)]])));
}

export default view(h, draw);
