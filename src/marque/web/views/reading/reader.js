// Takes pictures and clips as they come (dropped, pasted, chosen, just taken) and has them read one after another.

import { el, icon, toast } from "marque/index.js";
import { clip } from "reading/clip.js";
import { picture } from "reading/picture.js";

const MOST = 30;
const REGION = "marque-read-region";
const isVideo = (file) => file.type.startsWith("video/") || /\.(mp4|webm|mov|mkv|avi|m4v)$/i.test(file.name ?? "");

// `results`: where they go. Returns `choose`, where files are dropped, `region`, a choice, and `end`.
export function reader(results, options) {
  const region = choice(options.regions);
  const waiting = [];
  let busy = false, ended = false;

  const take = (files) => {
    for (const file of files) {
      const entry = (isVideo(file) ? clip : picture)(file, options);
      entry.element.querySelector(".away")?.addEventListener("click", () => { entry.end(); entry.element.remove(); });
      results.prepend(entry.element);
      waiting.push(entry);
    }
    const old = [...results.children].slice(MOST);
    for (const element of old) element.querySelector(".away")?.click();
    if (old.length) toast(`The last ${MOST} are shown.`);
    work();
  };
  const work = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length && !ended) {
      const entry = waiting.shift();
      if (entry.element.isConnected) await entry.read(region.value);
    }
    busy = false;
  };

  const zone = el("div.drop", { id: "drop" });
  const input = (more, label, name) => {
    const field = el("input.sr", { type: "file", tabindex: -1, "aria-label": label, ...more });
    field.addEventListener("change", () => { take(field.files); field.value = ""; });
    return [el("button.btn" + (name === "picture" ? ".main" : ""), { type: "button", onclick: () => field.click() }, icon(name), label), field];
  };
  zone.append(el("p", {}, "Drop pictures or a clip here, or paste a picture."),
    el("div.row", {}, input({ multiple: true, accept: "image/*,video/*" }, "Choose files", "picture"), matchMedia("(pointer: coarse)").matches && input({ accept: "image/*", capture: "environment" }, "Take a picture", "camera") || []));

  const held = (event) => zone.isConnected && [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (event) => { if (held(event)) { event.preventDefault(); zone.classList.add("over"); } };
  const out = (event) => { if (!event.relatedTarget) zone.classList.remove("over"); };
  const drop = (event) => { if (held(event)) { event.preventDefault(); zone.classList.remove("over"); take(event.dataTransfer.files); } };
  const paste = (event) => { const files = [...(event.clipboardData?.files ?? [])]; if (files.length && zone.isConnected) { event.preventDefault(); take(files); } };
  const heard = { dragover: over, dragleave: out, drop, paste };
  for (const [name, does] of Object.entries(heard)) document.addEventListener(name, does);

  return {
    choose: zone, take, region: el("label.row", {}, el("span.quiet", {}, "Plates from"), region),
    end() {
      ended = true;
      for (const [name, does] of Object.entries(heard)) document.removeEventListener(name, does);
    },
  };
}

function choice(regions) {
  const chosen = el("select.field", { id: "read-region" }, el("option", { value: "" }, "anywhere"), regions.map(([code, name]) => el("option", { value: code }, name)));
  chosen.value = regions.some(([code]) => code === localStorage.getItem(REGION)) ? localStorage.getItem(REGION) : "";
  chosen.addEventListener("change", () => localStorage.setItem(REGION, chosen.value));
  return chosen;
}
