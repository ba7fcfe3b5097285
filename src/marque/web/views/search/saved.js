// Searches that somebody keeps, and what a search can be taken away as.

import { api, attempt, dialog, el, icon, put, query, toast } from "marque/index.js";

const FORMATS = { csv: "CSV, for spreadsheets", jsonl: "JSON Lines, whole", parquet: "Parquet, for tools" };

function menu(id, name, label, ...body) {
  const shown = el("details.menu", { id }, el("summary.btn", {}, icon(name), label), el("div.card", {}, ...body));
  const away = (event) => { if (!shown.contains(event.target)) shown.open = false; };
  document.addEventListener("click", away);
  shown.addEventListener("keydown", (event) => { if (event.key === "Escape") { shown.open = false; shown.firstChild.focus(); } });
  shown.over = () => document.removeEventListener("click", away);
  return shown;
}

// `phrase()`: what is looked for now; `go(q)`: look for something else.
export function saved(phrase, go) {
  const list = el("ul.saved");
  const keep = el("button.btn", { type: "button", onclick: () => ask() }, icon("save"), "Save this search");
  const shown = menu("saved", "save", "Saved", list, keep);
  const load = async () => {
    const answer = await attempt(() => api("/v1/searches"));
    const entry = (one) => el("li", {},
      el("button.link", { type: "button", title: one.phrase, onclick: () => { shown.open = false; go(one.phrase); } }, one.name),
      el("button.btn.bare", { type: "button", "aria-label": `Remove ${one.name}`, onclick: async () => { if (await attempt(() => api(`DELETE /v1/searches/${one.id}`))) load(); } }, icon("bin")));
    if (answer) put(list, answer.searches.length ? answer.searches.map(entry) : el("li.quiet.small", {}, "None yet. What you save here only you see."));
    keep.disabled = !phrase();
  };
  const ask = () => {
    const name = el("input.field", { maxlength: 64, required: true, value: phrase().slice(0, 64), "aria-label": "Name" });
    const form = el("form.saving", { method: "dialog", onsubmit: async (event) => {
      event.preventDefault();
      const kept = await attempt(() => api("/v1/searches", { name: name.value.trim(), phrase: phrase() }));
      if (!kept) return;
      asking.close();
      toast(`Saved as “${kept.name}”.`);
      load();
    } }, el("p.quiet.small", {}, phrase()), el("label", {}, "Name", name), el("div.row", {}, el("button.btn", { type: "button", onclick: () => asking.close() }, "Cancel"), el("button.btn.main", { type: "submit" }, "Save")));
    const asking = dialog("Save this search", form);
    name.select();
  };
  shown.addEventListener("toggle", () => { if (shown.open) load(); });
  return shown;
}

export function exported(formats, filters) {
  const links = formats.map((form) => el("a", { download: "", "data-format": form }, FORMATS[form]));
  const shown = menu("export", "download", "Export", el("p.small.quiet", {}, "All that was found, not only this page. It is written down that you took it."), links);
  shown.addEventListener("toggle", () => { for (const link of links) link.href = `/v1/reads/export?${query({ ...filters(), format: link.dataset.format })}`; });
  return shown;
}
