// Where plates are read: zones drawn on the picture.
import { attempt, el, icon, put, toast } from "marque/index.js";
import { Polygons } from "marque-camera/polygons.js";
import { change, copied } from "marque-camera/words.js";

// `shared`: { id, stage, camera(), manage, refresh() }. Returns { host, stop, dirty }.
export function zones(shared) {
  const { camera, stage, manage } = shared;
  const said = el("p.sr", { "aria-live": "polite" });
  const list = el("ul.zonelist"), tools = el("div.row.zonetools"), foot = el("div.ends.row"), hint = el("p.small.quiet"), wrong = el("p.wrong", { role: "alert" });
  const host = el("section", { "aria-label": "Zones" }, hint, tools, list, wrong, foot, said);
  const ours = camera().origin === "api";
  let saved = JSON.stringify(camera().settings.zones), storing = null, rows = [], shape = "";
  const say = (text) => put(said, text);
  const dirty = () => JSON.stringify(drawn.zones) !== saved;
  const drawn = new Polygons(stage, { editable: manage, told: () => show(), say });

  const button = (name, text, does, more = {}) => el("button.btn", { type: "button", onclick: does, ...more }, name && icon(name), text);
  const draws = [button("plus", "Read here", () => drawn.begin(false)), button("plus", "Leave out", () => drawn.begin(true))];
  const undo = button(null, "Undo", () => drawn.undo(), { title: "Ctrl Z" }), redo = button(null, "Redo", () => drawn.redo(), { title: "Ctrl Shift Z" });
  const close = button("check", "Close the zone", () => drawn.close()), cancel = button("close", "Cancel", () => drawn.cancel());
  const save = button("check", "Save zones", () => { storing = store(); }), discard = button(null, "Discard", () => drawn.load(JSON.parse(saved)));
  save.classList.add("main");
  if (manage) put(tools, draws, close, undo, redo, cancel);

  async function store() {
    save.disabled = true;
    put(wrong);
    try {
      const kept = await change(shared.id, { zones: drawn.zones });
      saved = JSON.stringify(kept.settings.zones);
      toast("Saved. The camera obeys it from its next picture on.");
      shared.refresh();
    } catch (error) {
      put(wrong, error.named ?? error.message);
    }
    show();
  }

  function show() {
    const drawing = Boolean(drawn.drawing);
    for (const one of draws) one.hidden = drawing;
    close.hidden = cancel.hidden = !drawing;
    close.disabled = (drawn.drawing?.points.length ?? 0) < 3;
    redo.hidden = drawing || !drawn.future.length;
    undo.disabled = drawing ? !drawn.drawing.points.length : !drawn.past.length;
    put(hint, hints(drawn, manage));
    write();
    save.disabled = !dirty() || drawing || drawn.zones.some((zone) => !zone.name.trim());
    discard.disabled = !dirty();
    if (!manage) return;
    if (ours) { if (!foot.childNodes.length) put(foot, discard, save); } else put(foot, dirty() || drawn.zones.length ? copied({ zones: drawn.zones }) : null);
  }

  // The list, made anew only when zones come or go: names are written in it.
  function write() {
    const now = `${drawn.zones.length}`;
    if (now !== shape) { shape = now; rows = drawn.zones.map((_, number) => row(number)); put(list, rows.map((one) => one.host)); }
    rows.forEach((one, number) => one.show(drawn.zones[number], number === drawn.active));
  }

  function row(number) {
    const name = el("input.field", { type: "text", "aria-label": `Name of zone ${number + 1}`, disabled: !manage, maxlength: 100, onfocus: () => drawn.active !== number && drawn.select(number), oninput: () => drawn.alter(number, { name: name.value }, `name ${number}`) });
    const kind = el("select.field", { "aria-label": `What zone ${number + 1} does`, disabled: !manage, onchange: () => drawn.alter(number, { exclude: kind.value === "exclude" }) }, el("option", { value: "include" }, "✓ read here"), el("option", { value: "exclude" }, "✕ leave out"));
    const bin = manage && el("button.btn.bare", { type: "button", "aria-label": `Remove zone ${number + 1}`, onclick: () => drawn.remove(number) }, icon("bin"));
    const host = el("li", { onclick: (event) => event.target === host && drawn.select(number) }, name, kind, bin);
    return { host, show(zone, active) {
      host.classList.toggle("active", active);
      host.classList.toggle("exclude", zone.exclude);
      if (name.value !== zone.name) name.value = zone.name;
      kind.value = zone.exclude ? "exclude" : "include";
    } };
  }

  drawn.load(camera().settings.zones);
  const leave = (event) => { if (dirty() && ours) event.preventDefault(); };
  addEventListener("beforeunload", leave);
  const stop = () => { removeEventListener("beforeunload", leave); drawn.end(); };
  return { host, stop, async dirty() { await storing; return dirty() && ours && manage; } };
}

function hints(drawn, manage) {
  if (drawn.drawing) return "Click or tap the corners. A double click, Enter or a click on the first corner closes the zone; Escape cancels. With the keyboard: arrows move the cross (Shift: ten pixels), Space sets a corner.";
  if (drawn.active >= 0 && manage) return "Drag corners, or the small diamonds between them for another corner. Tab goes through them, arrows move by a pixel (Shift: ten), Delete removes.";
  if (!drawn.zones.length) return manage ? "The whole picture is read. Draw a zone to read plates only in it, or one to leave out." : "The whole picture is read.";
  return `A plate counts where its centre is.${manage ? " Choose a zone to change it." : ""}`;
}
