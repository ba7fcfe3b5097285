// The keyboard: views say which keys do what, `?` shows them all.

import { dialog, el } from "./dom.js";

const known = new Map();
let prefix = "";

// keys({ "j": ["next read", does], "g s": ["search", does] }): returns what forgets them again.
export function keys(wanted) {
  for (const [key, entry] of Object.entries(wanted)) known.set(key, entry);
  return () => { for (const [key, entry] of Object.entries(wanted)) if (known.get(key) === entry) known.delete(key); };
}

const writing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  // A dialog has its own, above all Escape, which closes it.
  if (document.querySelector("dialog[open]")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || (writing(event.target) && event.key !== "Escape")) return;
  if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
  if (event.key === "?") return help();
  const found = known.get(prefix ? `${prefix} ${event.key}` : event.key);
  prefix = !prefix && event.key === "g" ? "g" : "";
  if (prefix) setTimeout(() => { prefix = ""; }, 1500);
  if (!found) return;
  event.preventDefault();
  found[1](event);
});

export function help() {
  const rows = [...known].map(([key, [what]]) => el("tr", {}, el("td", {}, key.split(" ").map((one) => [el("kbd", {}, one), " "])), el("td", {}, what)));
  const shown = dialog("Keys", el("table.table", {}, el("tbody", {}, rows)), el("div.row", { style: { "justify-content": "flex-end", "margin-top": ".8rem" } }));
  shown.lastChild.append(el("button.btn", { type: "button", onclick: () => shown.close() }, "Close"));
}
