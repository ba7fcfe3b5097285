// Making elements.

const SVG = "http://www.w3.org/2000/svg";

// el("button.btn.main", { onclick, "aria-label": "…" }, "text", child, …): null and false children are left out.
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  set(element, attributes);
  element.append(...present(children));
  return element;
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, part] of Object.entries(value)) element.style.setProperty(key, part);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    if (name === "value") element.value = value ?? "";
  }
  return element;
}

export const put = (element, ...children) => (element.replaceChildren(...present(children)), element);
const present = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...present(children));
  return element;
}

const ICONS = {
  live: "M4 12a8 8 0 0 1 16 0M7.5 12a4.5 4.5 0 0 1 9 0M12 12v8",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20",
  camera: "M3 8h11v9H3zM14 11l6-3v9l-6-3",
  chart: "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  gear: "M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1",
  pause: "M9 5v14M15 5v14", play: "M7 5l12 7-12 7z", close: "M6 6l12 12M18 6 6 18", check: "M5 12.5 10 17 19 7",
  pen: "M4 20l4-1L19 8l-3-3L5 16zM14 7l3 3", download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14", save: "M6 4h12v16l-6-4-6 4z",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 20a8 8 0 0 1 16 0", moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z",
  left: "M15 5l-7 7 7 7", right: "M9 5l7 7-7 7", plus: "M12 5v14M5 12h14", bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13", retry: "M20 12a8 8 0 1 1-2.5-5.8M20 4v4.5h-4.5",
  alert: "M12 4 2.5 20h19zM12 10v4.5M12 17.3v.2", help: "M9 9.2a3 3 0 1 1 4.2 2.8c-.8.4-1.2.9-1.2 2M12 17.3v.2", truck: "M3 7h10v9H3zM13 10h4l4 3v3h-8zM7 18.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6ZM17 18.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z",
  copy: "M9 9h11v11H9zM5 15V4h11",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14", tiles: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z", zone: "M4 7l9-3 7 6-3 10-11-2z",
};

export const icon = (name) => svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name] ?? ICONS.help }));

// A message that goes away again, read out by screen readers.
export function toast(text, bad = false) {
  let place = document.querySelector(".toasts");
  if (!place) document.body.append((place = el("div.toasts", { role: "status", "aria-live": "polite" })));
  const shown = el(`div.toast${bad ? ".bad" : ""}`, {}, text);
  place.append(shown);
  setTimeout(() => shown.remove(), bad ? 9000 : 4000);
}

// A dialog of the browser's own: Escape closes it, and what is behind it cannot be reached.
export function dialog(title, ...children) {
  const shown = el("dialog", { "aria-label": title }, el("h2", {}, title), ...children);
  shown.addEventListener("close", () => shown.remove());
  document.body.append(shown);
  shown.showModal();
  return shown;
}

// Resolves to whether they agreed.
export function asked(title, text, yes = "Yes", danger = false) {
  return new Promise((resolve) => {
    const shown = dialog(title, el("p", { style: { margin: ".6rem 0 1rem" } }, text));
    const button = (label, name, value) => el(`button.btn.${name}`, { type: "button", onclick: () => { resolve(value); shown.close(); } }, label);
    shown.append(el("div.row", { style: { "justify-content": "flex-end" } }, button("Cancel", "bare", false), button(yes, danger ? "danger" : "main", true)));
    shown.addEventListener("close", () => resolve(false));
  });
}

export function download(name, text, type = "text/csv") {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Wait until the calls have stopped for a moment.
export function settled(does, milliseconds = 250) {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => does(...given), milliseconds); };
}

// A component of NiceGUI around a view that draws itself: `draw(host, options, view)` returns what to do at its end.
export const view = (h, draw) => ({
  props: { options: Object },
  render() { return h("div", { class: "view" }); },
  mounted() { this.end = draw(this.$el, this.options ?? {}, this); },
  unmounted() { this.end?.(); },
});
