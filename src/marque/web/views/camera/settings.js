// The other settings of a camera, and its end.
import { api, asked, attempt, el, put, toast } from "marque/index.js";
import { tester } from "marque-camera/add.js";
import { form } from "marque-camera/form.js";
import { change, copied, path } from "marque-camera/words.js";

export function settings(shared) {
  const { id, camera, manage, schema } = shared, ours = camera().origin === "api";
  const names = Object.keys(schema.properties);
  const fields = form(schema, camera().settings, { fixed: manage ? ["id"] : names });
  const test = tester(fields), wrong = el("p.wrong", { role: "alert" }), yaml = el("div");
  const save = el("button.btn.main", { type: "submit" }, ours ? "Save settings" : "Show what to write");
  let saved = JSON.stringify(fields.values());
  const changed = () => { const had = camera().settings; return Object.fromEntries(Object.entries(fields.values()).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(had[name]))); };

  async function store(event) {
    event.preventDefault();
    put(wrong, fields.wrong(null));
    if (!ours) { const what = changed(); put(yaml, Object.keys(what).length ? copied(what) : el("p.quiet", {}, "Nothing is changed.")); return; }
    save.disabled = true;
    try {
      await change(id, fields.values());
      saved = JSON.stringify(fields.values());
      toast("Saved. The camera is connected anew.");
      shared.refresh();
    } catch (error) { put(wrong, fields.wrong(error)); }
    save.disabled = false;
  }

  async function remove() {
    if (!(await asked(`Remove ${id}?`, `It is watched no more and its settings are forgotten. What was read stays.`, "Remove camera", true))) return;
    shared.rest(true);
    if (!(await attempt(() => api(`DELETE ${path(id)}`)))) shared.rest(false);
    else { saved = JSON.stringify(fields.values()); location.assign("/cameras"); }
  }

  const tested = () => test.button;
  const host = el("form", { "aria-label": "Settings", novalidate: true, onsubmit: store },
    !ours && manage && el("p.small.quiet", {}, "This camera is in the configuration file: change it there. Here you can see what to write."),
    ours && el("p.small.quiet", {}, "A masked password stays as long as scheme, user and host of the address do."),
    fields.host, test.host, wrong, yaml, manage && el("div.row.ends", {}, tested(), save),
    manage && ours && el("div.ending", {}, el("button.btn.danger", { type: "button", onclick: remove }, "Remove camera …")));
  return { host, dirty: () => manage && ours && JSON.stringify(fields.values()) !== saved, stop: test.stop };
}
