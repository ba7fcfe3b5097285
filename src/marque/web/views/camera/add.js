// Another camera: where it is, whether it gives a picture, what it is called.
import { api, dialog, el, put, shows } from "marque/index.js";
import { form } from "marque-camera/form.js";
import { path } from "marque-camera/words.js";

// A button that gets one frame of what the form says, and shows it or exactly why there is none.
export function tester(fields) {
  const image = el("img", { alt: "The first frame of the camera", hidden: true });
  const said = el("p.small", { role: "status" });
  const button = el("button.btn", { type: "button", onclick: () => (trying ? trying.abort() : test()) }, "Test");
  let trying;
  async function test() {
    const began = performance.now();
    trying = new AbortController();
    button.textContent = "Stop waiting";
    put(said, "Connecting. A camera gets 15 s for its first frame.");
    said.className = "small quiet";
    image.hidden = true;
    fields.wrong(null);
    try {
      const values = fields.values();
      const answer = await api("POST /v1/cameras/test", { ...values, id: values.id || "test" }, { signal: trying.signal });
      const jpeg = await answer.blob(), took = (performance.now() - began) / 1000;
      shows(image)(jpeg);
      await image.decode();
      image.hidden = false;
      said.className = "small good";
      put(said, `It works: a frame of ${image.naturalWidth} × ${image.naturalHeight} pixels came after ${took.toFixed(1)} s.`);
    } catch (error) {
      said.className = "small bad";
      const rest = error.name === "AbortError" ? "Not waited for." : fields.wrong(error);
      put(said, rest || "There is no picture: see above.");
    }
    trying = undefined;
    button.textContent = "Test";
  }
  return { button, host: el("div.tested", {}, said, image), stop: () => trying?.abort() };
}

// The dialog. `makers`: [{ name, source }], what the addresses of some makers' cameras look like.
export function add({ schema, makers }, closed = () => {}) {
  const fields = form(schema, { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  const test = tester(fields);
  let example = "";
  const maker = el("select.field", { id: "maker", onchange: () => {
    const chosen = makers[Number(maker.value)];
    if (chosen && (!fields.source.value || fields.source.value === example)) { fields.source.value = example = chosen.source; select(fields.source); }
  } }, el("option", { value: "" }, "Choose, for an example of its address"), makers.map((one, number) => el("option", { value: number }, one.name)));
  const wrong = el("p.wrong", { role: "alert" });
  const save = el("button.btn.main", { type: "submit" }, "Add camera");
  const body = el("form.adding", { novalidate: true },
    el("div.setting", {}, el("label", { for: "maker" }, "Maker"), maker,
      el("p.help.small.quiet", {}, "Put the camera's own address, user and password in the place of ", el("code", {}, "user:password@192.168.1.20"), ".")),
    fields.host, test.host, wrong, el("div.row.ends", {}, el("button.btn.bare", { type: "button", onclick: () => shown.close() }, "Cancel"), test.button, save));
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    put(wrong);
    try {
      const added = await api("POST /v1/cameras", fields.values());
      location.assign(path(added.settings.id).replace("/v1", ""));
    } catch (error) {
      put(wrong, fields.wrong(error));
      save.disabled = false;
    }
  });
  const shown = dialog("Add a camera", body);
  shown.classList.add("broad");
  shown.addEventListener("close", () => { test.stop(); closed(); });
  fields.made.id.input.focus();
  return shown;
}

// The part of an example that is to be replaced.
function select(input) {
  const host = /\/\/(?:[^@/]*@)?([^/:]+)/.exec(input.value);
  input.focus();
  if (host) input.setSelectionRange(host.index + 2, host.index + host[0].length);
}
