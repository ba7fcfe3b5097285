// What cameras are told of in, and how they are changed.
import { api, el } from "marque/index.js";

const STATES = { up: ["good", "watching"], connecting: ["warn", "connecting"], lost: ["bad", "lost"], failed: ["bad", "failed"], ended: ["", "ended"] };

// [colour and shape, word] of how a camera is.
export function condition(camera) {
  if (!camera.running) return ["", "stopped"];
  if (!camera.health) return ["warn", "not watched here"];
  return STATES[camera.health.state] ?? ["", camera.health.state];
}

export function state(camera) {
  const [level, word] = condition(camera);
  return el(`span.state${level ? "." + level : ""}`, {}, word);
}

export const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}` : "");

// Why it is as it is, and what to do about it.
export function reason(camera) {
  if (!camera.running) return `It stays so, also after a restart, until somebody starts it${camera.changed_by ? `. ${camera.changed_by} changed it last` : ""}.`;
  if (!camera.health) return "This server changes cameras and does not watch them.";
  return [camera.health.reason, camera.health.hint].filter(Boolean).map(sentence).join(" ");
}

const DROPS = {
  replaced: ["replaced", "a newer frame came before this one could be looked at"],
  frame_skip: ["skipped", "left out because frame_skip says so"],
  inference_failed: ["failed", "the nets failed on them"],
};
export const drops = (health) => Object.entries(health?.drops ?? {}).filter(([, count]) => count)
  .map(([why, count]) => ({ why, count, word: DROPS[why]?.[0] ?? why, sentence: DROPS[why]?.[1] ?? why }));

export const rate = (value) => (value === null || value === undefined ? "–" : value.toFixed(value < 10 ? 1 : 0));
export const milliseconds = (value) => (value === null || value === undefined ? "–" : value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`);

export const path = (id, rest = "") => `/v1/cameras/${encodeURIComponent(id)}${rest}`;

// Change some settings and leave the rest as they are now, whoever set them; a stopped camera stays stopped.
export async function change(id, changes) {
  const now = await api(path(id));
  return api(`PUT ${path(id)}`, { ...now.settings, enabled: now.running, ...changes });
}

// As a configuration file has it. JSON's texts are YAML's.
export const yaml = (fields) => Object.entries(fields).map(([name, value]) => `${name}: ${name === "zones" ? zones(value) : JSON.stringify(value)}\n`).join("");
const zones = (list) => (list.length ? list.map((zone) =>
  `\n  - name: ${JSON.stringify(zone.name)}\n    polygon: ${JSON.stringify(zone.polygon)}${zone.exclude ? "\n    exclude: true" : ""}`).join("") : "[]");

// What the configuration file is to say, for a camera that only it can change.
export const copied = (fields) => {
  const text = yaml(fields);
  const button = el("button.btn", { type: "button", onclick: async () => { await navigator.clipboard?.writeText(text); button.textContent = "Copied"; } }, "Copy");
  return el("section.copied", {}, el("p.small", {}, "This camera is in the configuration file, which has the last word. Write this there, below its ", el("code", {}, "id"), ":"),
    el("pre.mono", { tabindex: 0 }, text), button);
};
