// Charts: ECharts as NiceGUI brings it, in the colours of the theme. Every chart can be had as a picture and as a table.

import { download, el, icon, put } from "./dom.js";

let library;
const load = () => (library ??= import("nicegui-echart").then((module) => module.echarts));

// Told apart by people who see few colours (Okabe and Ito), with a pattern each where areas touch.
const COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8f94", "#b8a900"];
const SYMBOLS = ["none", "rect", "circle", "triangle", "diamond", "line", "none", "rect"];

const token = (name) => {
  // what light-dark() comes to can only be asked of an element
  const probe = document.body.appendChild(el("i", { style: { color: `var(--${name})` } }));
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};

const base = () => {
  const [ink, quiet, line, card] = ["ink", "quiet", "line", "card"].map(token);
  const axis = { axisLine: { lineStyle: { color: line } }, axisLabel: { color: quiet }, splitLine: { lineStyle: { color: line } }, nameTextStyle: { color: quiet } };
  return {
    color: COLORS, backgroundColor: card, textStyle: { color: ink, fontFamily: "system-ui, sans-serif" }, animation: false,
    // room at the right for half of the last time
    legend: { textStyle: { color: ink }, type: "scroll", top: 0 }, grid: { left: 8, right: 36, top: 36, bottom: 8, containLabel: true },
    tooltip: { confine: true, renderMode: "richText", backgroundColor: card, borderColor: line, textStyle: { color: ink } },
    axis,
  };
};

export const decal = (index) => ({ symbol: SYMBOLS[index % SYMBOLS.length], symbolSize: 0.7, color: "#ffffff88", dashArrayX: [3, 5], dashArrayY: [3, 5] });

// A guard against spreadsheets that take a text for a formula.
const cell = (value) => {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
export const csv = (columns, rows) => [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";

// A card with a chart in it. `figures()` gives { columns, rows, summary, option } — `option(axis)` is ECharts', or null where a
// table says it better; `html` an element to show in place of a chart.
export function panel(title, name, figures) {
  const summary = el("p.quiet.small"), place = el("div.chart", { role: "img" }), table = el("div.wide", { hidden: true });
  let chart, now;
  const button = (label, symbol, does) => el("button.btn.bare", { type: "button", title: label, "aria-label": `${label}: ${title}`, onclick: does }, icon(symbol));
  const asTable = button("Table", "table", () => { table.hidden = !table.hidden; asTable.setAttribute("aria-pressed", String(!table.hidden)); });
  const asCsv = button("Download as CSV", "download", () => now && download(`${name}.csv`, csv(now.columns, now.rows)));
  const asPng = button("Download as PNG", "picture", () => {
    el("a", { href: chart.getDataURL({ type: "png", pixelRatio: 2 }), download: `${name}.png` }).click();
  });
  asPng.disabled = true;
  const shown = el("section.card.panel", { "aria-label": title, "data-name": name },
    el("div.head", {}, el("h2", {}, title), el("div.row", {}, asTable, asCsv, asPng)), summary, place, table);

  async function draw() {
    if (!now?.option || !now.rows.length) { chart?.dispose(); chart = undefined; return; }
    const echarts = await load();
    chart ??= echarts.init(place, null, { renderer: "canvas" });
    const { axis, ...common } = base();
    chart.setOption({ ...common, ...now.option(axis) }, true);
    asPng.disabled = false;
  }

  // Asked for when somebody can see it: what nobody scrolls to costs nothing, and is no look at the reads.
  let stale = false, seen = false;
  const watcher = new IntersectionObserver(([entry]) => { seen = entry.isIntersecting; if (seen && stale) look(); }, { rootMargin: "200px" });
  watcher.observe(shown);
  const refresh = () => { stale = true; if (seen) look(); };

  async function look() {
    stale = false;
    shown.setAttribute("aria-busy", "true");
    try {
      now = await figures();
      summary.textContent = now.summary;
      place.setAttribute("aria-label", now.summary);
      asPng.hidden = !now.option || !now.rows.length;
      asTable.hidden = !now.option;
      place.hidden = !now.rows.length || !(now.option || now.html);
      if (now.html) put(place, now.html);
      put(table, el("table.table", {}, el("thead", {}, el("tr", {}, now.columns.map((one) => el("th", {}, one)))),
        el("tbody", {}, now.rows.slice(0, 500).map((row) => el("tr", {}, row.map((value) => el("td", {}, value === null ? "–" : String(value))))))));
      await draw();
    } catch (error) {
      now = undefined;
      place.hidden = true;
      summary.textContent = error.said ?? error.message;
    }
    shown.removeAttribute("aria-busy");
  }

  const resized = new ResizeObserver(() => chart?.resize());
  resized.observe(place);
  const recolor = () => draw();
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  window.addEventListener("marque-scheme", recolor);
  scheme.addEventListener("change", recolor);
  const end = () => {
    resized.disconnect();
    watcher.disconnect();
    window.removeEventListener("marque-scheme", recolor);
    scheme.removeEventListener("change", recolor);
    chart?.dispose();
  };
  return { element: shown, refresh, end };
}
