// Figures about what was read: how much, when, who comes, how long things take.
import { h } from "vue";
import { api, attempt, el, number, percent, plate, put, query, settled, view } from "marque/index.js";
import { decal, panel } from "marque/chart.js";

const HOUR = 3600e3, DAY = 24 * HOUR;
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const SPANS = { today: "Today", "24h": "24 hours", "7d": "7 days", "30d": "30 days", own: "Own span" };
const SERIES = 7; // cameras with a colour of their own; the rest together
const LISTED = 50; // plates
const SHARES = { region: "Region", type: "Vehicle type", color: "Colour", make: "Make", direction: "Direction", zone: "Zone", site: "Site", class: "Class" };

const local = (date) => new Date(date - date.getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

export function spanOf(asked, now = new Date()) {
  const wanted = asked.get("span") ?? "7d";
  if (wanted === "own" && asked.get("since") && asked.get("until")) return [new Date(asked.get("since")), new Date(asked.get("until"))];
  const ends = new Date(Math.ceil(now / HOUR) * HOUR);
  return { today: [midnight(now), ends], "24h": [new Date(ends - DAY), ends], "30d": [new Date(midnight(now) - 29 * DAY), ends] }[wanted] ?? [new Date(midnight(now) - 6 * DAY), ends];
}

const minutes = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`);
const stamp = (key) => key.slice(0, 16).replace("T", " ");

function draw(host, options) {
  const asked = new URLSearchParams(location.search);
  const panels = [];
  let cameras = [];

  // Charts that need the same figures ask for them once.
  let answers = new Map();
  const ask = (kind, more = {}) => {
    const [since, until] = spanOf(asked);
    const address = `/v1/analytics/${kind}?${query({ since: since.toISOString(), until: until.toISOString(), tz: ZONE, camera: asked.getAll("camera"), ...more })}`;
    if (!answers.has(address)) answers.set(address, api(address));
    return answers.get(address);
  };
  const remember = (changes) => {
    for (const [name, value] of Object.entries(changes)) {
      asked.delete(name);
      for (const one of [value].flat()) if (one) asked.append(name, one);
    }
    history.replaceState(null, "", `?${asked}`);
  };
  const cutNote = (answer) => (answer.cut ? " There is more than is shown: narrow the span." : "");

  // what the charts are about
  const choice = el("form.row", { "aria-label": "What to show", onsubmit: (event) => event.preventDefault() });
  const own = el("span.row", {}, ...["since", "until"].map((name) => el("label.row.small", {}, name,
    el("input.field", { type: "datetime-local", name, onchange: (event) => { remember({ span: "own", [name]: event.target.value }); if (asked.get("since") && asked.get("until")) all(); } }))));
  const spans = el("span.row", { role: "group", "aria-label": "Span" }, Object.entries(SPANS).map(([key, name]) =>
    el("button.btn", { type: "button", "data-span": key, onclick: () => { pick(key); if (key !== "own") all(); } }, name)));
  const which = el("details.choose", {}, el("summary.btn", {}, "All cameras"), el("div"));
  choice.append(spans, own, which);

  function pick(key) {
    if (key === "own") {
      const [since, until] = spanOf(asked);
      remember({ span: key, since: local(since), until: local(until) });
    } else remember({ span: key, since: "", until: "" });
    mark();
  }
  function mark() {
    const now = asked.get("span") ?? "7d";
    for (const one of spans.children) one.setAttribute("aria-pressed", String(one.dataset.span === now));
    own.hidden = now !== "own";
    for (const input of own.querySelectorAll("input")) input.value = asked.get(input.name) ?? "";
    const chosen = asked.getAll("camera");
    which.firstChild.textContent = chosen.length ? (chosen.length === 1 ? chosen[0] : `${chosen.length} cameras`) : "All cameras";
  }

  const figures = el("div.figures"), grid = el("div.panels");
  host.append(el("div.head", {}, el("h1", {}, "Analytics")), choice, figures, grid);
  for (const one of [host]) Object.assign(one.style, { display: "grid", gap: "var(--gap)" });

  // what the page begins with, in one question
  const unit = () => { const [since, until] = spanOf(asked); return until - since > 8 * DAY ? "day" : "hour"; };
  const overview = async (more = {}) => (await ask("overview", { by: unit(), busiest: SERIES, plates: options.plates ? LISTED + 1 : 0, ...more })).rows[0];

  async function totals() {
    const row = (await attempt(overview))?.total;
    if (!row) return;
    const part = (value) => (row.reads ? ` (${percent(value / row.reads)})` : "");
    const said = [["Reads", number(row.reads)], ["Different plates", number(row.plates)], ["Seen for the first time", number(row.first_time)],
      ["Not read", number(row.unread) + part(row.unread)], ["Corrected", number(row.corrected) + part(row.corrected)]];
    put(figures, said.map(([name, value]) => el("div", {}, el("b", {}, value), el("span.quiet", {}, name))));
  }

  function add(title, name, load, full = false) {
    const made = panel(title, name, load);
    if (full) made.element.classList.add("full");
    panels.push(made);
    grid.append(made.element);
    return made;
  }

  // traffic, a colour for each of the busiest cameras
  async function traffic() {
    const by = unit(), { times, reads, cameras } = await overview();
    const named = cameras.slice(0, SERIES), series = named.map((one) => one.times), names = named.map((one) => one.camera);
    if (cameras.length > SERIES) { names.push("others"); series.push(reads.map((all, i) => Math.max(0, series.reduce((rest, one) => rest - one[i], all)))); }
    const most = Math.max(0, ...reads);
    return {
      columns: [by, "reads", ...names], rows: times.map((time, i) => [time, reads[i], ...series.map((one) => one[i])]),
      summary: most ? `Most reads in one ${by}: ${number(most)} (${stamp(times[reads.indexOf(most)])}).` : "No reads in this span.",
      option: (axis) => ({
        tooltip: { trigger: "axis", confine: true, renderMode: "richText" }, legend: { show: names.length > 1, type: "scroll", top: 0, textStyle: axis.axisLabel },
        xAxis: { type: "category", data: times.map(stamp), ...axis, axisLabel: { ...axis.axisLabel, alignMinLabel: "left", hideOverlap: true }, splitLine: { show: false } }, yAxis: { type: "value", minInterval: 1, ...axis },
        series: names.map((name, i) => ({ name, type: "bar", stack: "all", data: series[i], barCategoryGap: "15%", itemStyle: { decal: decal(i) } })),
      }),
    };
  }

  async function week() {
    const hours = (await overview()).week;
    const busiest = hours.reduce((best, row) => (row.reads > best.reads ? row : best), { reads: 0 });
    return {
      columns: ["weekday", "hour", "reads"], rows: hours.map((row) => [DAYS[row.weekday], row.hour, row.reads]),
      summary: busiest.reads ? `Busiest: ${DAYS[busiest.weekday]} ${busiest.hour}:00 to ${busiest.hour + 1}:00, ${number(busiest.reads)} reads.` : "No reads in this span.",
      option: (axis) => ({
        tooltip: { confine: true, renderMode: "richText", formatter: ({ value }) => `${DAYS[value[1]]} ${value[0]}:00  ${number(value[2])}` },
        xAxis: { type: "category", data: [...Array(24).keys()], ...axis, splitLine: { show: false } }, yAxis: { type: "category", data: DAYS, inverse: true, ...axis, splitLine: { show: false } },
        visualMap: { min: 0, max: Math.max(1, busiest.reads), show: false, inRange: { color: ["#0072b211", "#0072b2"] } },
        series: [{ type: "heatmap", data: hours.map((row) => [row.hour, row.weekday, row.reads]), itemStyle: { borderColor: axis.axisLine.lineStyle.color, borderWidth: 1 } }],
      }),
    };
  }

  const bars = (columns, rows, link) => {
    const most = Math.max(1, ...rows.map((row) => row[1]));
    return el("table.table.bars", {}, el("thead", {}, el("tr", {}, columns.map((one, i) => el(i ? "th.num" : "th", {}, one)), el("th", {}, el("span.sr", {}, "share")))),
      el("tbody", {}, rows.map((row) => el("tr", {}, el("td", {}, link ? link(row) : row[0] ?? "not known"), row.slice(1).map((value) => el("td.num", {}, typeof value === "number" ? number(value) : value)),
        el("td.bar", {}, el("i", { style: { "--part": percent(row[1] / most).replace(" ", "") } }))))));
  };

  let share = "region";
  const shares = () => ask("counts", { by: share }).then((answer) => {
    const rows = answer.rows.map((row) => [row.key, row.reads, row.plates]);
    return { columns: [share, "reads", "plates"], rows, summary: `${rows.length} ${rows.length === 1 ? "kind" : "kinds"}.${cutNote(answer)}`, html: bars([SHARES[share], "Reads", "Plates"], rows.slice(0, 12)) };
  });

  const byPlate = (title, name, load, said) => add(title, name, async () => {
    const found = await load(), cut = found.length > LISTED;
    const rows = found.slice(0, LISTED).map((row) => [row.plate, row.reads, row.days, row.cameras, row.first_seen, row.last_seen]);
    const link = ([text]) => el("a", { href: `/search?${query({ q: `"${text}"` })}`, style: { "text-decoration": "none" } }, plate({ text }, "small"));
    return { columns: ["plate", "reads", "days", "cameras", "first seen", "last seen"], rows, summary: said(rows, cut),
      html: bars(["Plate", "Reads", "Days", "Cameras"], rows.slice(0, 10).map((row) => row.slice(0, 4)), link) };
  });

  // questions that need cameras named first
  function pairs(title, name, labels, figuresOf) {
    const [first, second] = labels;
    const made = add(title, name, async () => {
      const [from, to] = [asked.getAll(first), asked.getAll(second)];
      if (!from.length || !to.length) return { columns: [], rows: [], summary: "Choose the cameras of both sides." };
      return figuresOf(from, to);
    }, true);
    const choose = el("div.pairs");
    made.element.insertBefore(choose, made.element.children[1]);
    made.fill = () => put(choose, labels.map((label) => el("fieldset", {}, el("legend.quiet.small", {}, label.replace("_", " ")), cameras.map((camera) => el("label.check", {},
      el("input", { type: "checkbox", checked: asked.getAll(label).includes(camera), onchange: (event) => {
        remember({ [label]: event.target.checked ? [...asked.getAll(label), camera] : asked.getAll(label).filter((one) => one !== camera) });
        made.refresh();
      } }), camera)))));
    return made;
  }

  add("Traffic", "traffic", traffic, true);
  add("Hours of the week", "week", week);
  const shared = add("Shares", "shares", shares);
  shared.element.querySelector("h2").replaceWith(el("h2.row", {}, "By", el("select.field", { "aria-label": "Shares by", onchange: (event) => { share = event.target.value; shared.refresh(); } },
    Object.entries(SHARES).map(([key, label]) => el("option", { value: key }, label)))));
  if (options.plates) {
    const many = (cut, rows) => (cut ? `More than ${LISTED}` : rows.length);
    byPlate("Top plates", "top-plates", async () => (await overview()).top, (rows, cut) => (rows.length ? `${rows[0][0]} leads with ${number(rows[0][1])} reads.${cut ? ` The first ${LISTED}.` : ""}` : "No plates in this span."));
    byPlate("Frequent visitors", "frequent", async () => (await overview()).frequent, (rows, cut) => `${many(cut, rows)} plates came on two days or more.`);
    byPlate("First-time visitors", "first-time", async () => (await ask("visitors", { new: true, limit: LISTED + 1 })).rows, (rows, cut) => `${many(cut, rows)} plates that were never read before.`);
  }
  const inside = pairs("Occupancy and dwell", "occupancy", ["entry", "exit"], async (entry, exit) => {
    const [answer, stays] = await Promise.all([ask("presence", { entry, exit }), ask("journeys", { origin: entry, destination: exit, fuzzy: true })]);
    const usual = stays.rows[0];
    const dwell = usual ? ` Half stay ${minutes(usual.median)} or less, 85 % ${minutes(usual.p85)} (${usual.origin} → ${usual.destination}).` : "";
    const top = answer.rows.reduce((best, row) => (row.inside > (best?.inside ?? -1) ? row : best), null), last = answer.rows.at(-1);
    return {
      columns: ["hour", "entered", "left", "inside"], rows: answer.rows.map((row) => [row.start, row.entered, row.left, row.inside]),
      summary: top ? `Inside at the end: ${number(last.inside)}; most at once: ${number(top.inside)} (${stamp(top.start)}).${dwell}${cutNote(answer)}` : "Nobody came or went.",
      option: (axis) => ({
        tooltip: { trigger: "axis", confine: true, renderMode: "richText" }, xAxis: { type: "category", data: answer.rows.map((row) => stamp(row.start)), ...axis }, yAxis: { type: "value", minInterval: 1, ...axis },
        series: [{ name: "inside", type: "line", step: "end", areaStyle: { opacity: 0.15 }, symbol: "none", data: answer.rows.map((row) => row.inside) },
          { name: "entered", type: "bar", data: answer.rows.map((row) => row.entered), itemStyle: { decal: decal(1) } }, { name: "left", type: "bar", data: answer.rows.map((row) => -row.left), itemStyle: { decal: decal(3) } }],
      }),
    };
  });
  const journeys = pairs("Journey times", "journeys", ["origin", "destination"], async (origin, destination) => {
    const answer = await ask("journeys", { origin, destination, fuzzy: true });
    const rows = answer.rows.map((row) => [`${row.origin} → ${row.destination}`, row.count, row.median, row.p85, row.shortest, row.longest]);
    return {
      columns: ["way", "count", "median s", "p85 s", "shortest s", "longest s"], rows,
      summary: rows.length ? `${rows[0][0]}: half of ${number(rows[0][1])} took ${minutes(rows[0][2])} or less, 85 % ${minutes(rows[0][3])}.${cutNote(answer)}` : "No plate went that way in this span.",
      option: (axis) => ({
        tooltip: { trigger: "axis", confine: true, renderMode: "richText", valueFormatter: minutes }, xAxis: { type: "value", ...axis, axisLabel: { ...axis.axisLabel, formatter: minutes } },
        yAxis: { type: "category", data: rows.map((row) => row[0]), inverse: true, ...axis },
        series: [{ name: "median", type: "bar", data: rows.map((row) => row[2]) }, { name: "85 %", type: "bar", data: rows.map((row) => row[3]), itemStyle: { decal: decal(1) } }],
      }),
    };
  });
  if (options.plates) {
    let of = "";
    const together = add("Travelling together", "convoys", async () => {
      const answer = await ask("convoys", { of, limit: 50 });
      const rows = answer.rows.map((row) => [row.plate, row.cameras.length, row.other, row.cameras.join(" ")]);
      return { columns: ["plate", "cameras", "other", "passed together"], rows: rows.map(([one, , other, where]) => [one, other, where]), summary: rows.length ? `${rows.length} pairs passed three cameras or more within ten seconds.${cutNote(answer)}` : "No pair passed three cameras or more within ten seconds.",
        html: el("table.table", {}, el("tbody", {}, rows.slice(0, 10).map(([one, , other, where]) => el("tr", {}, [one, other].map((text) => el("td", {}, plate({ text }, "small"))), el("td.quiet.small", {}, where))))) };
    });
    const again = settled(() => together.refresh());
    together.element.insertBefore(el("input.field", { type: "search", placeholder: "with this plate", "aria-label": "Travelling together with this plate", maxlength: 32, oninput: (event) => { of = event.target.value.trim(); again(); } }), together.element.children[1]);
  }

  const all = () => { answers = new Map(); totals(); for (const one of panels) one.refresh(); };
  const start = async () => {
    mark();
    all();
    // those that reads are of, whether or not they are watched still
    const found = await overview({ camera: [] }).catch(() => ({ cameras: [] }));
    cameras = found.cameras.map((one) => one.camera).sort();
    put(which.lastChild, cameras.map((camera) => el("label.check", {}, el("input", { type: "checkbox", checked: asked.getAll("camera").includes(camera), onchange: (event) => {
      remember({ camera: event.target.checked ? [...asked.getAll("camera"), camera] : asked.getAll("camera").filter((one) => one !== camera) });
      mark();
      all();
    } }), camera)));
    for (const one of [inside, journeys]) one.fill();
  };
  start();
  return () => panels.forEach((one) => one.end());
}

export default view(h, draw);
