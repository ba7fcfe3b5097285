// What of all that passes the wall shows. It lives in the page's address, so that it can be kept and handed on.

import { el, settled } from "marque/index.js";

const plain = (text) => text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");

// `change` is called once the visitor has stopped typing.
export function filter(change) {
  const given = new URLSearchParams(location.search);
  const text = el("input.field", { id: "wall-filter", type: "search", placeholder: "Plate, vehicle, zone", "aria-label": "Filter by plate, vehicle or zone", maxlength: 60, autocomplete: "off", spellcheck: "false" });
  const camera = el("select.field", { id: "wall-camera", "aria-label": "Camera" }, el("option", { value: "" }, "All cameras"));
  const doubtful = el("input", { type: "checkbox", id: "wall-quarantine" });
  text.value = given.get("q") ?? "";
  doubtful.checked = given.get("quarantine") !== "no";
  if (given.get("camera")) offer(camera, given.get("camera"));
  camera.value = given.get("camera") ?? "";

  const offered = new Set();
  const now = () => {
    const kept = new URLSearchParams(location.search);
    for (const [name, value] of [["q", text.value.trim()], ["camera", camera.value], ["quarantine", doubtful.checked ? "" : "no"]]) if (value) kept.set(name, value); else kept.delete(name);
    history.replaceState(history.state, "", kept.size ? `?${kept}` : location.pathname);
    change();
  };
  text.addEventListener("input", settled(now));
  camera.addEventListener("change", now);
  doubtful.addEventListener("change", now);

  return {
    text, parts: [text, camera, el("label.check", { for: "wall-quarantine" }, doubtful, "with quarantine")],
    // For the API, which filters by these without a right to search.
    asked: () => ({ camera: camera.value, class: doubtful.checked ? "" : "normal" }),
    active: () => Boolean(text.value.trim() || camera.value || !doubtful.checked),
    lets: letting(text),
    cameras(ids) { for (const id of ids) if (!offered.has(id)) { offered.add(id); offer(camera, id); } },
    clear() { text.value = ""; camera.value = ""; doubtful.checked = true; now(); },
  };
}

function offer(camera, id) {
  if (![...camera.options].some((one) => one.value === id)) camera.append(el("option", { value: id }, id));
}

// Every word must be in it: in the plate, where `?` is one character and `*` any, or in what else is known of it.
const letting = (text) => {
  let last, words = [];
  return (event) => {
    if (text.value !== last) {
      last = text.value;
      words = last.trim().split(/\s+/).filter(Boolean).map((word) => ({ word: word.toLowerCase(), plate: pattern(word) }));
    }
    if (!words.length) return true;
    const told = [event.camera, event.zone, event.plate?.region?.code, event.direction, event.parked && "parked", ...["color", "type", "make", "model"].map((one) => event.vehicle?.[one]?.value)].filter(Boolean).join(" ").toLowerCase();
    const read = event.plate?.text ?? "";
    return words.every(({ word, plate }) => told.includes(word) || plate?.test(read));
  };
};

function pattern(word) {
  const parts = [...word].map((one) => (one === "?" ? "." : one === "*" ? ".*" : plain(one)));
  return parts.some(Boolean) ? new RegExp(parts.join(""), "u") : null;
}
