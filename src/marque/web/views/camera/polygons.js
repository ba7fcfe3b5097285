// Drawing polygons on a stage: with the mouse, by touch, from the keyboard. Corners are kept in 0..1 of the picture.
import { svg } from "marque/index.js";
import { label } from "marque-camera/stage.js";

const NEAR = 8, EDGE = 6, TWICE = 350; // pixels of the screen; milliseconds
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const clamp = (value) => Math.min(1, Math.max(0, value));
const round = (value) => Math.round(clamp(value) * 1e5) / 1e5;
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const copy = (value) => JSON.parse(JSON.stringify(value));

// `told()` after each change. `editable`: false only shows. The zones: [{ name, polygon, exclude }].
export class Polygons {
  constructor(stage, { editable, told, say }) {
    Object.assign(this, { stage, editable, told, say, zones: [], active: -1, drawing: null, past: [], future: [], tag: "" });
    this.layer = svg("g", { class: "zones" });
    this.hatches = patterns();
    stage.sheet.append(this.hatches, this.layer);
    this.listeners = [];
    if (editable) this.listen();
    this.forget = stage.changed(() => this.draw());
    stage.sheet.setAttribute("tabindex", editable ? 0 : -1);
    stage.sheet.setAttribute("role", editable ? "application" : "img");
    stage.sheet.setAttribute("aria-label", "Zones on the picture");
  }

  end() {
    for (const [name, does] of this.listeners) this.stage.sheet.removeEventListener(name, does);
    this.forget();
    this.layer.remove();
    this.hatches.remove();
    this.stage.sheet.classList.remove("drawing");
    for (const name of ["tabindex", "role", "aria-label"]) this.stage.sheet.removeAttribute(name);
  }

  // What is there instead, with no way back.
  load(zones) { Object.assign(this, { zones: copy(zones), active: -1, drawing: null, past: [], future: [] }); this.draw(); }

  // Changes -------------------------------------------------------------------------------------------------------

  // Keep how it is, to come back to. Changes of one `tag` in a row are one.
  remember(tag = "") {
    if (tag && tag === this.tag) return;
    this.tag = tag;
    this.past.push(copy(this.zones));
    this.future = [];
  }

  undo() { if (this.drawing) this.unpoint(); else this.travel(this.past, this.future); }
  redo() { this.travel(this.future, this.past); }
  travel(from, to) {
    if (!from.length) return;
    to.push(copy(this.zones));
    Object.assign(this, { zones: from.pop(), tag: "", active: Math.min(this.active, this.zones.length - 1) });
    this.draw();
  }

  alter(number, changes, tag = "") { this.remember(tag); Object.assign(this.zones[number], changes); this.draw(); }
  remove(number) { this.remember(); this.zones.splice(number, 1); this.active = -1; this.draw(); this.stage.sheet.focus(); }
  select(number) { this.active = number; this.draw(); }

  begin(exclude = false) {
    this.drawing = { points: [], exclude, at: [0.5, 0.5] };
    this.active = -1;
    this.stage.sheet.focus({ preventScroll: true });
    this.say("Click the corners of the zone. Enter or a double click closes it, Escape cancels.");
    this.draw();
  }

  point(place) { this.drawing.points.push(place); this.drawing.at = place; this.draw(); }
  unpoint() { this.drawing.points.pop(); this.draw(); }
  cancel() { this.drawing = null; this.say("Cancelled."); this.draw(); }

  close() {
    const { points, exclude } = this.drawing;
    const polygon = points.filter((one, number) => !same(one, points[number - 1]));
    if (polygon.length < 3) { this.say("A zone needs three corners."); return; }
    this.remember();
    this.zones.push({ name: this.unused(exclude ? "left out" : "zone"), polygon, exclude });
    Object.assign(this, { drawing: null, active: this.zones.length - 1 });
    this.say(`Zone with ${polygon.length} corners.`);
    this.draw();
    this.focus(`zone ${this.active}`);
  }

  unused(word) {
    for (let number = 1; ; number += 1) if (!this.zones.some((zone) => zone.name === `${word} ${number}`)) return `${word} ${number}`;
  }

  insert(corner, place) { this.remember(); this.zones[this.active].polygon.splice(corner, 0, place.map(round)); this.draw(); this.focus(`corner ${corner}`); }
  drop(corner) {
    const { polygon } = this.zones[this.active];
    if (polygon.length <= 3) { this.say("A zone keeps three corners; Delete on the zone itself removes it."); return; }
    this.remember();
    polygon.splice(corner, 1);
    this.draw();
    this.focus(`corner ${Math.min(corner, polygon.length - 1)}`);
  }

  // Corners by numbers, all of them when it is the zone that moves; none leaves the picture.
  shift(corners, from, dx, dy) {
    const free = (axis, wanted) => Math.max(-Math.min(...corners.map((one) => from[one][axis])), Math.min(1 - Math.max(...corners.map((one) => from[one][axis])), wanted));
    const by = [free(0, dx), free(1, dy)], { polygon } = this.zones[this.active];
    for (const one of corners) polygon[one] = [round(from[one][0] + by[0]), round(from[one][1] + by[1])];
    this.draw();
  }

  // Events --------------------------------------------------------------------------------------------------------

  listen() {
    const on = (name, does) => { this.listeners.push([name, does]); this.stage.sheet.addEventListener(name, does); };
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", () => { this.dragged = null; });
    on("pointercancel", () => { this.dragged = null; });
    on("keydown", (event) => { if (this.key(event)) { event.preventDefault(); event.stopPropagation(); } });
  }

  // Where on the picture, drawn to its border when it is near.
  place(event) {
    const box = this.stage.sheet.getBoundingClientRect();
    const snapped = (at, size) => (at < EDGE ? 0 : size - at < EDGE ? 1 : round(at / size));
    return [snapped(event.clientX - box.left, box.width), snapped(event.clientY - box.top, box.height)];
  }

  near(one, other) {
    const { width, height } = this.stage.sheet.getBoundingClientRect();
    return Math.hypot((one[0] - other[0]) * width, (one[1] - other[1]) * height) <= NEAR;
  }

  down(event) {
    if (event.button) return;
    const place = this.place(event);
    if (this.drawing) { event.preventDefault(); this.stage.sheet.focus({ preventScroll: true }); this.tap(place, event.timeStamp); return; }
    const [what, number] = (event.target.closest("[data-key]")?.dataset.key ?? " ").split(" ");
    if (!what) { if (this.active >= 0) this.select(-1); return; }
    event.preventDefault();
    if (what === "zone" && Number(number) !== this.active) this.select(Number(number));
    const corner = Number(number);
    if (what === "middle") this.insert(corner, place);
    else this.focus(`${what} ${number}`);
    this.stage.sheet.setPointerCapture(event.pointerId);
    const { polygon } = this.zones[this.active];
    this.dragged = { corners: what === "zone" ? polygon.map((_, one) => one) : [corner], from: copy(polygon), start: place, fresh: what !== "middle" };
  }

  tap(place, time) {
    const { points, tapped } = this.drawing, last = points.at(-1);
    const twice = last && time - tapped < TWICE && this.near(last, place);
    this.drawing.tapped = time;
    if (points.length >= 3 && (twice || this.near(points[0], place))) this.close();
    else if (!twice) this.point(place);
  }

  move(event) {
    const place = this.place(event);
    if (this.drawing) { this.drawing.at = place; this.draw(); }
    if (!this.dragged) return;
    const { corners, from, start } = this.dragged;
    if (this.dragged.fresh) { if (same(place, start)) return; this.remember(); this.dragged.fresh = false; }
    // One corner goes where the pointer is; a zone goes as far as it went.
    const [ax, ay] = corners.length === 1 ? from[corners[0]] : start;
    this.shift(corners, from, place[0] - ax, place[1] - ay);
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") { if (event.shiftKey) this.redo(); else this.undo(); return true; }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "y") { this.redo(); return true; }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (this.drawing) return this.drawn(event);
    const [what, number] = (event.target.dataset?.key ?? " ").split(" ");
    const at = Number(number);
    if (event.key === "Escape") { if (this.active < 0) return false; this.select(-1); this.stage.sheet.focus(); return true; }
    if (!what) return false;
    if (event.key in MOVES && what !== "middle" && this.active >= 0) { this.nudge(what, at, event); return true; }
    if (event.key === "Delete" || event.key === "Backspace") { if (what === "zone") this.remove(at); else if (what === "corner") this.drop(at); return true; }
    if (event.key !== "Enter" && event.key !== " ") return false;
    if (what === "zone") { this.select(at); this.focus(`zone ${at}`); }
    if (what === "middle") this.insert(at, this.middle(at));
    return true;
  }

  drawn(event) {
    if (event.key === "Enter") this.close();
    else if (event.key === "Escape") this.cancel();
    else if (event.key === "Backspace" || event.key === "Delete") this.unpoint();
    else if (event.key === " ") this.point(this.drawing.at.map(round));
    else if (event.key in MOVES) { const [dx, dy] = this.step(event); this.drawing.at = [clamp(this.drawing.at[0] + dx), clamp(this.drawing.at[1] + dy)]; this.draw(); }
    else return false;
    return true;
  }

  // One pixel of the frame, ten with shift.
  step(event) { const [width, height] = this.stage.size(), by = event.shiftKey ? 10 : 1, [dx, dy] = MOVES[event.key]; return [(dx * by) / width, (dy * by) / height]; }
  nudge(what, at, event) {
    const number = what === "zone" ? at : this.active;
    if (number !== this.active) this.select(number);
    const { polygon } = this.zones[number], corners = what === "zone" ? polygon.map((_, one) => one) : [at];
    this.remember(`${what} ${at} of ${number}`);
    this.shift(corners, copy(polygon), ...this.step(event));
    const [width, height] = this.stage.size(), [x, y] = polygon[corners[0]];
    this.say(`${Math.round(x * width)}, ${Math.round(y * height)}`);
  }

  focus(key) { this.layer.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true }); }

  // Pictures ------------------------------------------------------------------------------------------------------

  draw() {
    const focused = this.layer.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    const scale = this.stage.scale();
    for (const one of this.hatches.children) one.setAttribute("patternTransform", `rotate(45) scale(${scale})`);
    this.layer.replaceChildren(...this.zones.flatMap((zone, number) => this.zone(zone, number, scale)),
      ...(this.active >= 0 && this.editable ? this.handles(scale) : []), ...(this.drawing ? this.line(scale) : []));
    this.stage.sheet.classList.toggle("drawing", Boolean(this.drawing));
    if (focused) this.focus(focused);
    this.told();
  }

  pixels(polygon) { const [width, height] = this.stage.size(); return polygon.map(([x, y]) => [x * width, y * height]); }

  zone(zone, number, scale) {
    const points = this.pixels(zone.polygon), flat = points.map((one) => one.join(",")).join(" ");
    const kind = zone.exclude ? "exclude" : "include", on = number === this.active ? " active" : "";
    const middle = [0, 1].map((axis) => points.reduce((sum, one) => sum + one[axis], 0) / points.length);
    const shape = svg("g", { class: `zone ${kind}${on}`, "data-key": `zone ${number}`, tabindex: this.editable ? 0 : null, role: this.editable ? "button" : null, "aria-label": `${zone.exclude ? "left out" : "read"}: ${zone.name}` },
      svg("polygon", { points: flat, class: "casing" }), svg("polygon", { points: flat, class: "shape", fill: `url(#hatch-${kind})` }));
    return [shape, label(...middle, `${zone.exclude ? "✕" : "✓"} ${zone.name}`, scale, "middle")];
  }

  middle(corner) {
    const { polygon } = this.zones[this.active], [ax, ay] = polygon[corner - 1], [bx, by] = polygon[corner % polygon.length];
    return [(ax + bx) / 2, (ay + by) / 2];
  }

  handles(scale) {
    const { polygon, name } = this.zones[this.active];
    const handle = (key, [x, y], says, shape) => svg("g", { class: "handle", "data-key": key, tabindex: 0, role: "button", "aria-label": says, transform: `translate(${x} ${y}) scale(${scale})` },
      svg("circle", { r: 16, class: "reach" }), shape);
    const middles = polygon.map((_, number) => handle(`middle ${number + 1}`, this.pixels([this.middle(number + 1)])[0], `Add a corner after corner ${number + 1} of ${name}`, svg("path", { d: "M0-6 6 0 0 6-6 0Z" })));
    const corners = this.pixels(polygon).map((place, number) => handle(`corner ${number}`, place, `Corner ${number + 1} of ${name}, at ${place.map(Math.round).join(", ")}`, svg("circle", { r: 7 })));
    return polygon.flatMap((_, number) => [middles[number], corners[number]]);
  }

  line(scale) {
    const { points, at, exclude } = this.drawing, way = this.pixels([...points, at]).map((one) => one.join(",")).join(" "), [x, y] = this.pixels([at])[0];
    const dots = this.pixels(points).map(([px, py], number) => svg("circle", { cx: px, cy: py, r: (number ? 5 : 8) * scale, class: "dot" }));
    return [svg("g", { class: `zone active ${exclude ? "exclude" : "include"}` }, svg("polyline", { points: way, class: "casing" }), svg("polyline", { points: way, class: "shape", fill: "none" })), ...dots,
      svg("path", { d: "M-9 0H9M0-9V9", class: "cross", transform: `translate(${x} ${y}) scale(${scale})` })];
  }
}

// Told apart without colours: what is read has thin lines one way, what is left out a lattice and a broken border.
function patterns() {
  const hatch = (id, lines) => svg("pattern", { id, width: 16, height: 16, patternUnits: "userSpaceOnUse" }, svg("rect", { width: 16, height: 16, class: "wash" }), svg("path", { d: lines }));
  return svg("defs", {}, hatch("hatch-include", "M0 0V16"), hatch("hatch-exclude", "M0 0V16M0 0H16"));
}
