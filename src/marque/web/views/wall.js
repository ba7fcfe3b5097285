// The live wall: one card per vehicle's pass, the newest first, in its newest revision.
import { h } from "vue";
import { api, attempt, el, follow, icon, keys, put, query, view } from "marque/index.js";
import { offers } from "start/offers.js";
import { card, fill } from "wall/card.js";
import { filter } from "wall/filter.js";
import { gallery } from "wall/gallery.js";
import { strip } from "wall/strip.js";

const CARDS = 200;
const FIRST = 60;
// Milliseconds between two drawings: on a busy road several reads come at once instead of one layout each.
const BEAT = 250;
// A wall that nobody has seen for this long stops listening: a browser keeps few connections to one server.
const ASLEEP = 60_000;
// What comes after this long is shown arriving; in a stream of cards that would only flicker.
const CALM = 700;

class Wall {
  constructor(options) {
    this.options = options;
    this.cards = new Map();
    this.waiting = new Map();
    this.pictures = options.pictures ? gallery() : null;
    this.filter = filter(() => this.begin());
    this.held = this.pointed = false;
    this.missed = 0;
    this.list = el("ol.wall", { "aria-label": "Vehicles, the newest first" });
    this.empty = el("div", { hidden: true });
    this.state = el("span.state", { role: "status", id: "wall-state" }, "connecting");
    this.pause = el("button.btn", { type: "button", id: "wall-pause", title: "p", "aria-pressed": "false", onclick: () => this.hold(!this.held) });
    this.list.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.point(true));
    this.list.addEventListener("pointerleave", () => this.point(false));
    this.told();
  }

  get paused() { return this.held || this.pointed; }

  draw(host) {
    const head = el("div.head", {}, el("h1", {}, "Live"), this.state, el("div.row.tools", {}, this.filter.parts, this.pause));
    const left = el("section.passes", { "aria-label": "Passes" }, head, this.empty, this.list);
    const side = this.options.cameras ? strip(this.options, (all) => this.known(all)) : null;
    this.room = el(`div.live${side ? "" : ".alone"}`, {}, left, side?.element);
    host.append(this.room);
    const forget = keys({
      j: ["next read", () => this.step(1)], k: ["read before", () => this.step(-1)], Enter: ["open the read", () => this.chosen?.querySelector("a").click()],
      p: ["pause the wall", () => this.hold(!this.held)], "/": ["filter", () => this.filter.text.focus()], Escape: ["leave the filter", () => document.activeElement?.blur()],
    });
    const seen = () => this.seen();
    document.addEventListener("visibilitychange", seen);
    this.begin();
    return () => { document.removeEventListener("visibilitychange", seen); clearTimeout(this.sleep); forget(); this.end?.(); side?.end(); this.pictures?.end(); this.ended = true; };
  }

  // What there is, and from there on what comes.
  async begin() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.end?.();
    this.end = undefined;
    const asked = this.filter.asked();
    const page = this.options.reads ? await attempt(() => api(`/v1/reads?${query({ ...asked, limit: this.filter.text.value.trim() ? CARDS : FIRST })}`)) : null;
    if (turn !== this.turn) return;
    this.clear();
    for (const { event } of (page?.reads ?? []).toReversed()) this.take(event);
    this.flush(true);
    this.loaded = true;
    this.none();
    const from = page ? Math.max(0, ...page.reads.map((one) => one.cursor)) : undefined;
    this.end = follow(asked, from, (event) => this.take(event), (state) => this.connected(state));
  }

  seen() {
    clearTimeout(this.sleep);
    if (document.hidden) this.sleep = setTimeout(() => { if (this.held) return; this.end?.(); this.end = undefined; this.asleep = true; }, ASLEEP);
    else if (this.asleep) { this.asleep = false; this.begin(); }
  }

  clear() {
    for (const one of this.cards.values()) this.pictures?.forget(one.image);
    this.cards.clear();
    this.waiting.clear();
    this.missed = 0;
    this.chosen = undefined;
    this.list.replaceChildren();
  }

  // Comes at any rate; drawn at most once a beat. What is not drawn yet is held once per pass, and no more than fit on the wall.
  take(event) {
    if (!this.cards.has(event.id) && !this.filter.lets(event)) return;
    const before = this.waiting.get(event.id);
    this.waiting.set(event.id, before ? { ...event, changes: { ...before.changes, ...event.changes } } : event);
    if (this.waiting.size > CARDS) {
      this.waiting.delete(this.waiting.keys().next().value);
      this.missed += 1;
    }
    this.soon();
  }

  soon() {
    if (this.due) return;
    const drawn = () => requestAnimationFrame(() => { this.due = false; this.flush(); });
    this.due = true;
    const rest = (this.last ?? 0) + BEAT - performance.now();
    if (rest > 0) setTimeout(drawn, rest);
    else drawn();
  }

  flush(now = false) {
    if (this.ended) return undefined;
    if (this.paused && !now) return this.told();
    const calm = !now && performance.now() - (this.last ?? 0) > CALM;
    this.last = performance.now();
    const fresh = document.createDocumentFragment();
    for (const event of this.waiting.values()) {
      const known = this.cards.get(event.id);
      if (known) this.change(known, event);
      else {
        const made = card(event, this.pictures);
        this.filter.cameras([event.camera]);
        this.cards.set(event.id, made);
        if (event.revision > 1 && !now) this.place(made.element, event);
        else fresh.prepend(made.element);
        if (calm) made.element.classList.add("fresh");
      }
    }
    this.waiting.clear();
    this.missed = 0;
    if (fresh.childElementCount) this.list.prepend(fresh);
    this.trim();
    this.told();
    if (this.cards.size) this.none();
    return undefined;
  }

  // A pass that the wall did not hold, and that is told of anew: where its time belongs.
  place(element, event) {
    const later = [...this.list.children].find((one) => this.cards.get(one.dataset.id)?.event.first_seen <= event.first_seen);
    this.list.insertBefore(element, later ?? null);
  }

  change(known, event) {
    if (!fill(known, event, this.pictures)) return;
    known.element.classList.remove("changed", "fresh");
    requestAnimationFrame(() => known.element.classList.add("changed"));
  }

  trim() {
    while (this.cards.size > CARDS) {
      const oldest = this.list.lastElementChild;
      const made = this.cards.get(oldest.dataset.id);
      this.pictures?.forget(made.image);
      this.cards.delete(oldest.dataset.id);
      if (this.chosen === oldest) this.chosen = undefined;
      oldest.remove();
    }
  }

  hold(held) { this.held = held; this.went(); }
  point(pointed) { this.pointed = pointed; this.went(); }
  went() { if (this.paused) this.told(); else this.flush(); }

  // What waits while the wall is paused.
  told() {
    const count = [...this.waiting.keys()].filter((id) => !this.cards.has(id)).length;
    const waits = count ? `${count + this.missed} waiting` : "";
    const said = `${this.paused} ${this.held} ${waits}`;
    if (said === this.said) return;
    this.said = said;
    this.pause.setAttribute("aria-pressed", String(this.held));
    this.list.classList.toggle("paused", this.paused);
    put(this.pause, icon(this.paused ? "play" : "pause"), this.paused ? ["Paused", waits].filter(Boolean).join(" · ") : "Pause");
  }

  connected(state) {
    const live = state === "live";
    this.state.className = `state ${live ? "good" : "warn"}`;
    put(this.state, live ? "live" : "connection lost, trying again");
  }

  step(by) {
    const next = this.chosen?.isConnected ? (by > 0 ? this.chosen.nextElementSibling : this.chosen.previousElementSibling) : this.list.firstElementChild;
    if (!next) return;
    this.chosen?.classList.remove("chosen");
    this.chosen = next;
    next.classList.add("chosen");
    next.querySelector("a").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  known(cameras) {
    this.filter.cameras(cameras.map((one) => one.settings.id));
    this.watched = cameras.length;
    this.room.classList.toggle("alone", !cameras.length);
    this.none();
  }

  // Nothing to show: what to do about it.
  none() {
    const kind = this.cards.size || !this.loaded ? "" : this.filter.active() ? "filtered" : this.options.cameras && this.watched === undefined ? "" : this.watched ? "quiet" : "new";
    this.empty.hidden = !kind;
    if (kind === this.kind) return;
    this.kind = kind;
    put(this.empty, kind && {
      filtered: () => el("div.empty", {}, el("p", {}, "Nothing that passed fits the filter. What comes and does appears here."), el("p", {}, el("button.btn", { type: "button", onclick: () => this.filter.clear() }, "Show everything"))),
      quiet: () => el("div.empty", {}, el("p", {}, "No vehicle has passed yet. What the cameras read appears here by itself.")),
      new: () => offers(this.options),
    }[kind]());
  }
}

export default view(h, (host, options) => new Wall(options).draw(host));
