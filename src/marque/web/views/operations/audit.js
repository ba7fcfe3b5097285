// Who did what, from where, when, and how much it showed.
import { api, attempt, el, icon, moment, put, query, settled } from "marque/index.js";
import { line, table } from "operations/state.js";

const FIELDS = { principal: "Who", action: "What", target: "Plate, read, user …", address: "From where" };

const told = ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : value !== null && typeof value === "object" ? JSON.stringify(value) : value}`;

export function audit(place) {
  const wanted = {};
  const list = el("div", { style: { display: "grid", gap: ".7rem" } });
  const taken = el("a.btn", { download: "audit.csv" }, icon("download"), "CSV");
  const again = settled(() => fresh());
  const times = ["since", "until"].map((name) => el("label.row.small", {}, name, el("input.field", { type: "datetime-local", onchange: (event) => { wanted[name] = event.target.value && new Date(event.target.value).toISOString(); fresh(); } })));
  put(place, el("form.row", { role: "search", onsubmit: (event) => event.preventDefault() },
    Object.entries(FIELDS).map(([name, label]) => el("input.field", { type: "search", placeholder: label, "aria-label": label, maxlength: 200, oninput: (event) => { wanted[name] = event.target.value.trim(); again(); } })), times, taken), list);

  async function fresh() {
    taken.href = `/v1/audit?${query({ ...wanted, format: "csv" })}`;
    put(list);
    await page();
  }
  async function page(cursor) {
    const found = await attempt(() => api(`/v1/audit?${query({ ...wanted, cursor })}`));
    if (!found) return;
    list.append(table(["When", "Who", "What", "On", "Showed", "From", "More"], found.entries.map((one) => line(moment(one.at), [one.principal, one.kind === "user" ? "" : el("span.quiet", {}, ` (${one.kind})`)],
      one.action, el("span.said", {}, one.target), one.results ?? "", one.address, el("span.quiet.small.said", {}, Object.entries(one.detail).map(told).join(" · ")))), "Nothing like that was done."));
    if (found.next_cursor !== null) list.append(el("button.btn", { type: "button", onclick: (event) => { event.currentTarget.remove(); page(found.next_cursor); } }, "Earlier ones"));
  }
  fresh();
}
