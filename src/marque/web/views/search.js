// Search: a box of words, what they mean, and what they find.
import { h } from "vue";
import { api, el, icon, keys, moment, number, put, query, view } from "marque/index.js";
import { box, exchanged } from "search/box.js";
import { facets } from "search/facets.js";
import { PAGE, keep, kept, reads, search, understand } from "search/found.js";
import { COLUMNS, card, row } from "search/results.js";
import { exported, saved } from "search/saved.js";

const LOOK = "marque-results", MOST = 200;
const asked = () => (new URLSearchParams(location.search).get("q") ?? "").trim();

class Search {
  constructor(options) {
    this.options = options;
    this.found = { q: "", filters: {}, ids: [], next: null };
    this.all = [];
    this.phrase = { parts: [], filters: {} };
    this.box = box(options, (q) => this.go(q));
    this.side = facets((word) => this.go(`${this.found.q} ${word}`.trim()), (part) => this.go(exchanged(this.found.q, part, "")));
    this.count = el("p.count", { role: "status", id: "count" });
    this.list = el("div.results", { id: "results" });
    this.end = el("div.end", { "aria-hidden": "true" });
    this.saved = saved(() => this.found.q, (q) => this.go(q));
    this.export = options.exports.length ? exported(options.exports, () => this.found.filters) : null;
    this.look = el("button.btn", { type: "button", id: "look", title: "t", onclick: () => this.turn() });
    this.watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && this.more(), { rootMargin: "600px" });
    this.watcher.observe(this.end);
  }

  get table() { return localStorage.getItem(LOOK) === "table"; }

  draw(host) {
    host.append(el("h1.sr", {}, "Search"), this.box.element, el("div.row.bar", {}, this.count, el("div.row.tools", {}, this.look, this.export, this.saved)),
      el("div.searched", {}, this.side.element, el("div.middle", {}, this.list, this.end)));
    this.label();
    this.run(asked());
  }

  label() {
    put(this.look, icon(this.table ? "tiles" : "table"), el("span", {}, this.table ? "Crops" : "Table"));
    this.look.setAttribute("aria-label", this.table ? "Show as crops" : "Show as a table");
  }

  turn() {
    localStorage.setItem(LOOK, this.table ? "crops" : "table");
    this.label();
    this.begin();
    this.show(this.all);
  }

  // Somebody asks: a place of its own in the browser's history.
  go(q) {
    if (q !== asked()) history.pushState(null, "", search(q));
    return this.run(q);
  }

  async run(q) {
    if (this.box.input.value.trim() !== q) this.box.input.value = q;
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    const current = () => this.asking === mine && !mine.signal.aborted;
    const before = kept(q);
    document.title = `${q ? `${q} · ` : ""}Search · Marque`;
    this.list.setAttribute("aria-busy", "true");
    try {
      if (q.length > 500) throw new Error("A phrase has at most 500 characters.");
      const phrase = await understand(q, { signal: mine.signal });
      if (!current()) return;
      this.phrase = phrase;
      this.box.show(q, phrase.parts);
      // what takes longest is counting; nobody waits for it to see what was found
      const counting = api(`/v1/reads/facets?${query(phrase.filters)}`, undefined, { signal: mine.signal }).catch(() => null);
      const page = await reads(phrase.filters, undefined, { signal: mine.signal }, reaching(before));
      if (!current()) return;
      this.all = [];
      this.found = { q, filters: phrase.filters, ids: [], next: null };
      this.begin();
      this.count.textContent = page.next ? "" : said({ count: page.reads.length, exact: true });
      this.take(page);
      if (!page.reads.length) this.nothing();
      if (before?.at) this.select(this.list.querySelector(`[data-id="${CSS.escape(before.at)}"]`), false);
      this.list.removeAttribute("aria-busy");
      this.side.element.hidden = !page.reads.length;
      const counted = await counting;
      if (!current() || !counted) return;
      this.side.show(counted, phrase);
      this.count.textContent = said(counted.count);
    } catch (error) {
      if (current()) this.refused(error, q);
    } finally {
      if (current()) this.list.removeAttribute("aria-busy");
    }
  }

  begin() {
    this.body = this.table ? el("tbody") : el("ol.crops", { "aria-label": "Found reads" });
    this.day = "";
    const head = () => el("thead", {}, el("tr", {}, COLUMNS.map((one) => el("th", { scope: "col" }, one))));
    put(this.list, this.table ? el("div.wide.card", {}, el("table.table", { "aria-label": "Found reads" }, head(), this.body)) : this.body);
  }

  take(page) {
    this.all.push(...page.reads);
    this.found.ids.push(...page.reads.map((one) => one.event.id));
    this.found.next = page.next;
    keep(this.found);
    this.show(page.reads);
    this.end.hidden = !page.next;
  }

  show(some) {
    for (const one of some) {
      const day = moment(one.event.first_seen, one.event.timezone).split(",").slice(0, -1).join(",");
      this.body.append(this.table ? row(one, this.found.q, this.options.pictures, day === this.day ? "" : day) : card(one, this.found.q, this.options.pictures));
      this.day = day;
    }
  }

  async more() {
    if (!this.found.next || this.loading) return;
    const found = this.found;
    this.loading = true;
    try {
      const page = await reads(found.filters, found.next, { signal: this.asking.signal });
      if (found === this.found) this.take(page);
    } catch (error) {
      if (error.name !== "AbortError") put(this.end, el("button.btn", { type: "button", onclick: () => this.more() }, icon("retry"), `${error.message} Try again`));
    }
    this.loading = false;
    // what came may not fill the screen
    if (this.found.next && this.end.getBoundingClientRect().top < innerHeight + 600) this.more();
  }

  nothing() {
    const { parts } = this.phrase;
    const used = parts.filter((part) => part.used);
    const button = (label, q) => el("button.btn", { type: "button", onclick: () => this.go(q) }, label);
    const { q } = this.found;
    const other = used.flatMap((part) => part.offers.filter((one) => !one.text.startsWith("\"")).map((one) => button(`Look for ${one.meaning}`, exchanged(q, part, one.text))));
    const fewer = used.length > 1 ? used.map((part) => button(`Without “${part.text}”`, exchanged(q, part, ""))) : [];
    this.empty(used.length ? ["Nothing was found", `No read fits ${used.length > 1 ? "all of this" : "this"}.`, [...other, ...fewer]]
      : ["Nothing was read yet", "Reads appear here as soon as a camera has seen a plate.", el("a.btn.main", { href: "/start" }, "First steps")]);
  }

  refused(error, q) {
    this.all = [];
    this.found = { q, filters: {}, ids: [], next: null };
    this.side.show(null, this.phrase);
    this.side.element.hidden = true;
    this.count.textContent = "";
    this.end.hidden = true;
    const first = error.errors?.[0]?.message;
    this.empty([error.status === 403 ? "You may not look for this" : "This cannot be looked for", [error instanceof TypeError ? "The server cannot be reached." : error.message, first, error.hint].filter(Boolean).join(" "), error.status === 403 ? null : el("button.btn", { type: "button", onclick: () => this.run(q) }, icon("retry"), "Try again")], "alert");
  }

  empty([title, text, actions], role = null) {
    put(this.list, el("div.empty", { role }, el("h2", {}, title), el("p", {}, text), el("div.row", {}, actions), this.found.q ? null : this.box.hints()));
  }

  rows() { return [...this.list.querySelectorAll(".found")]; }

  select(element, focus = true) {
    if (!element) return;
    const link = element.querySelector("a.open");
    element.scrollIntoView({ block: "center" });
    if (focus) link.focus({ preventScroll: true });
    for (const one of this.rows()) one.classList.toggle("chosen", one === element);
  }

  step(by) {
    const rows = this.rows();
    const at = rows.findIndex((one) => one.classList.contains("chosen") || one.contains(document.activeElement));
    this.select(rows[Math.min(Math.max(at + by, 0), rows.length - 1)]);
  }
}

// Whoever comes back from a read finds it again, as far down as one page reaches.
const reaching = (before) => Math.min(MOST, Math.max(PAGE, (before?.ids.indexOf(before.at) ?? 0) + PAGE / 2));

const said = ({ count, exact }) => `${exact ? number(count) : `about ${number(rough(count))}`} ${count === 1 ? "read" : "reads"}`;
const rough = (count) => { const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(count, 1))) - 2); return Math.round(count / unit) * unit; };

function draw(host, options) {
  const page = new Search(options);
  const open = (menu) => { menu.open = !menu.open; menu.querySelector("a, button")?.focus(); };
  const forget = keys({
    "/": ["write into the search box", () => page.box.focus()],
    j: ["next found read", () => page.step(1)],
    k: ["found read before", () => page.step(-1)],
    t: ["as crops or as a table", () => page.turn()],
    ...(page.export ? { e: ["export what was found", () => open(page.export)] } : {}),
  });
  const back = () => page.run(asked());
  addEventListener("popstate", back);
  page.draw(host);
  if (!asked() && matchMedia("(pointer: fine)").matches) page.box.input.focus();
  return () => { forget(); removeEventListener("popstate", back); page.watcher.disconnect(); page.asking?.abort(); page.saved.over(); page.export?.over(); };
}

export default view(h, draw);
