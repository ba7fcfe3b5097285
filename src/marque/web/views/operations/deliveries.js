// What is owed to sinks, what they refused, another try.
import { ago, api, asked, attempt, el, icon, moment, number, plate, put, query } from "marque/index.js";
import { line, table } from "operations/state.js";

const STATES = ["", "dead", "pending", "delivered", "expired", "superseded"];
const LOOK = { dead: "bad", pending: "warn", delivered: "good" };

export function deliveries(place, options) {
  const filter = { state: new URLSearchParams(location.search).get("state") ?? "dead", sink: "" };
  const sinks = el("div"), list = el("div", { style: { display: "grid", gap: ".7rem" } }), more = el("div.row");
  const chosen = new Set();
  const pick = (name, label, values) => el("label.row.small", {}, label, el("select.field", { onchange: (event) => { filter[name] = event.target.value; fresh(); } },
    values.map((value) => el("option", { value, selected: value === filter[name] }, value || "all"))));
  const head = el("div.row");
  put(place, el("h2", {}, "Sinks"), sinks, el("h2", {}, "Deliveries"), head, list, more);

  async function look() {
    if (!options.may("sinks:view")) return put(head, pick("state", "State", STATES), ...redrives());
    const found = (await attempt(() => api("/v1/sinks")))?.sinks ?? [];
    put(sinks, table(["Sink", "Kind", "State", "Waiting", "Last success", "Last failure", ""], found.map((one) => line(one.name, one.type,
      one.health ? el(`span.state.${one.health.breaker === "closed" ? "good" : "bad"}`, {}, one.health.breaker === "closed" ? "works" : `breaker ${one.health.breaker}`) : el("span.state", {}, "switched off"),
      one.health ? number(one.health.pending) : "", one.health?.delivered ? ago(one.health.delivered) : "", one.health?.error ?? "",
      options.may("sinks:test") && el("div.row", {}, el("button.btn", { type: "button", onclick: (event) => attempt(() => test(event.currentTarget, one.name, false)) }, "Reach it"),
        el("button.btn", { type: "button", onclick: (event) => attempt(() => test(event.currentTarget, one.name, true)) }, "Send a test")))), "No sink is configured: events stay here."));
    put(head, pick("state", "State", STATES), pick("sink", "Sink", ["", ...found.map((one) => one.name)]), ...redrives());
  }

  async function test(button, name, send) {
    button.disabled = true;
    try {
      const tried = await api(`POST /v1/sinks/${encodeURIComponent(name)}/test?send=${send}`, {});
      const good = tried.reached && tried.sent !== false;
      const said = good ? (send ? "It took the test event." : "It can be reached.") : [tried.error, tried.hint].filter(Boolean).join(" ");
      button.closest("td").append(el(`p.small.${good ? "good" : "bad"}`, { role: "status" }, said, tried.answer && ` It said: ${tried.answer}`));
    } finally { button.disabled = false; }
  }

  const redrives = () => options.may("deliveries:redrive") ? [
    el("button.btn", { type: "button", onclick: () => again({ ids: [...chosen] }, `${chosen.size} dead letters`) , "data-chosen": "", disabled: true }, icon("retry"), "Redrive chosen"),
    el("button.btn", { type: "button", onclick: () => again(filter.sink ? { all: true, sink: filter.sink } : { all: true }, filter.sink ? `all dead letters of ${filter.sink}` : "all dead letters") }, icon("retry"), "Redrive all")] : [];
  const marked = () => { const button = head.querySelector("[data-chosen]"); if (button) button.disabled = !chosen.size; };

  async function again(body, what) {
    if (!(await asked("Try again?", `The receiver gets ${what} once more.`, "Redrive"))) return;
    const done = await attempt(() => api("POST /v1/deliveries/redrive", body));
    if (done) put(more, el("p", { role: "status" }, `${number(done.count)} are tried again.`));
    fresh(false);
  }

  async function fresh(clear = true) {
    chosen.clear();
    marked();
    if (clear) put(more);
    put(list);
    await page();
  }

  async function page(before) {
    const found = await attempt(() => api(`/v1/deliveries?${query({ ...filter, before })}`));
    if (!found) return;
    const rows = found.deliveries.map((one) => line(
      one.state === "dead" && options.may("deliveries:redrive") ? el("input", { type: "checkbox", "aria-label": `choose delivery ${one.id}`, onchange: (event) => { chosen[event.target.checked ? "add" : "delete"](one.id); marked(); } }) : "",
      el(`span.state.${LOOK[one.state] ?? "quiet"}`, {}, one.state), one.sink, el("a", { href: `/reads/${one.event.id}`, style: { "text-decoration": "none" } }, plate(one.event.plate, "small")),
      el("span", { title: moment(one.created) }, ago(one.created)), String(one.attempts), el("span.said", {}, one.answer || "")));
    list.append(table(["", "State", "Sink", "Plate", "Since", "Attempts", "What the receiver said"], rows, filter.state === "dead" ? "No dead letters: every sink took what it was given." : "No such deliveries."));
    if (found.next) list.append(el("button.btn", { type: "button", onclick: (event) => { event.currentTarget.remove(); page(found.next); } }, "Older ones"));
  }

  look();
  fresh();
}
