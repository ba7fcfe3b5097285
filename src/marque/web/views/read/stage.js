// The frame with the plate marked in it: wheel, buttons and dragging look closer.

import { el, icon, set, svg } from "marque/index.js";

const MOST = 12, STEP = 1.5, DRAG = 4;

export function stage(event, address) {
  const [width, height] = event.frame_size.every((one) => one > 0) ? event.frame_size : [16, 9];
  const image = el("img", { src: address, alt: `the frame in which ${event.plate?.text || "this vehicle"} was read`, draggable: "false" });
  const marks = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  if (event.vehicle?.box) { const [x, y, right, bottom] = event.vehicle.box; marks.append(svg("rect", { class: "vehicle", x, y, width: right - x, height: bottom - y })); }
  if (event.plate) marks.append(svg("polygon", { points: event.plate.quad.map((corner) => corner.join(",")).join(" ") }));
  const inner = el("div.inner", { style: { "aspect-ratio": `${width} / ${height}` } }, image, marks);
  const window = el("div.window", { tabindex: "0", role: "group", "aria-label": "Frame. Plus and minus look closer and farther, arrows move." }, inner);
  let scale = 1, x = 0, y = 0;

  const place = () => {
    const { clientWidth, clientHeight } = window;
    x = Math.min(0, Math.max(x, clientWidth * (1 - scale)));
    y = Math.min(0, Math.max(y, clientHeight * (1 - scale)));
    set(inner, { style: { transform: `translate(${x}px, ${y}px) scale(${scale})`, "--scale": scale } });
    window.classList.toggle("near", scale > 1);
  };
  // Keeps the point (of the window) under the finger where it is.
  const zoom = (by, at = [window.clientWidth / 2, window.clientHeight / 2]) => {
    const wanted = Math.min(MOST, Math.max(1, scale * by));
    x = at[0] - ((at[0] - x) * wanted) / scale;
    y = at[1] - ((at[1] - y) * wanted) / scale;
    scale = wanted;
    place();
  };
  const whole = () => { scale = 1; place(); };
  const near = () => {
    if (!event.plate) return whole();
    const [left, top, right, bottom] = event.plate.box;
    scale = Math.min(MOST, Math.max(1, 0.6 / Math.max((right - left) / width, (bottom - top) / height)));
    x = window.clientWidth / 2 - (((left + right) / 2) / width) * window.clientWidth * scale;
    y = window.clientHeight / 2 - (((top + bottom) / 2) / height) * window.clientHeight * scale;
    return place();
  };
  const turn = () => (scale > 1 ? whole() : near());
  const point = (pointed) => { const box = window.getBoundingClientRect(); return [pointed.clientX - box.left, pointed.clientY - box.top]; };
  window.addEventListener("wheel", (wheel) => {
    if (scale === 1 && wheel.deltaY > 0) return;
    wheel.preventDefault();
    zoom(Math.exp(-wheel.deltaY / 400), point(wheel));
  }, { passive: false });
  gestures(window, { zoom, turn, move: (by) => { x += by[0]; y += by[1]; place(); }, point });
  const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
  window.addEventListener("keydown", (key) => {
    if (key.key === "+" || key.key === "-") zoom(key.key === "+" ? STEP : 1 / STEP);
    else if (scale > 1 && moves[key.key]) { x += moves[key.key][0]; y += moves[key.key][1]; place(); }
    else return;
    key.preventDefault();
    key.stopPropagation();
  });
  const button = (label, text, does) => el("button.btn", { type: "button", "aria-label": label, title: label, onclick: does }, text);
  const tools = el("div.tools", {}, button("Closer", "+", () => zoom(STEP)), button("Farther", "−", () => zoom(1 / STEP)), button("The plate, or the whole frame (z)", icon("search"), turn));
  image.addEventListener("error", () => window.classList.add("broken"));
  return { element: el("figure.stage", {}, window, tools), turn };
}

// Dragging moves, a click or tap looks closer, two fingers zoom.
function gestures(window, { zoom, turn, move, point }) {
  const fingers = new Map();
  let far = 0, moved = 0;
  const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  window.addEventListener("pointerdown", (pointer) => {
    fingers.set(pointer.pointerId, point(pointer));
    window.setPointerCapture(pointer.pointerId);
    moved = 0;
    if (fingers.size === 2) far = spread();
  });
  window.addEventListener("pointermove", (pointer) => {
    const before = fingers.get(pointer.pointerId);
    if (!before) return;
    const now = point(pointer);
    fingers.set(pointer.pointerId, now);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (fingers.size === 2) { const wide = spread(); zoom(wide / (far || wide), now); far = wide; } else if (moved > DRAG) move([now[0] - before[0], now[1] - before[1]]);
  });
  window.addEventListener("pointerup", (pointer) => { if (fingers.size === 1 && moved <= DRAG && pointer.button === 0) turn(); fingers.delete(pointer.pointerId); });
  window.addEventListener("pointercancel", (pointer) => fingers.delete(pointer.pointerId));
}
