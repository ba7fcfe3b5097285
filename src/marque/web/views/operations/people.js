// Who may do what: users, keys, roles, one's own password.
import { ago, api, asked, attempt, dialog, el, icon, moment, put, toast } from "marque/index.js";
import { line, table } from "operations/state.js";

const OPEN = "Everybody who reaches this server may do everything, so it listens to this machine only. Set `server.authentication: true` in the configuration and start it again: it then makes one admin and shows the password once.";
const open = (place, what) => put(place, el("section.card.notice", {}, el("h2", {}, `Nobody signs in here, so there are no ${what}`), el("p", {}, OPEN)));
const where = (one) => [one.cameras && `cameras ${one.cameras.join(", ")}`, one.sites && `sites ${one.sites.join(", ")}`].filter(Boolean).join("; ") || "everywhere";
const names = (text) => { const found = text.split(",").map((one) => one.trim()).filter(Boolean); return found.length ? found : null; };
const field = (label, name, attributes = {}, note = "") => el("label.asked", {}, el("span", {}, label), el("input.field", { name, ...attributes }), note && el("span.quiet.small", {}, note));
const select = (label, name, values, chosen) => el("label.asked", {}, el("span", {}, label), el("select.field", { name }, values.map((value) => el("option", { value, selected: value === chosen }, value))));

// A form in a dialog; `send(values)` may refuse, which is said in it.
function form(title, fields, yes, send) {
  const wrong = el("p.bad", { role: "alert" });
  const shown = dialog(title, el("form.asking", { onsubmit: async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    try { await send(Object.fromEntries(new FormData(event.target))); shown.close(); } catch (error) { wrong.textContent = error.said ?? error.message; }
  } }, ...fields, wrong, el("div.row", { style: { "justify-content": "flex-end" } }, el("button.btn.bare", { type: "button", onclick: () => shown.close() }, "Cancel"), el("button.btn.main", {}, yes))));
}

// A secret that is shown this once.
function secret(title, text, note) {
  const shown = dialog(title, el("p", {}, note), el("p.row", {}, el("code.secret", { tabindex: 0 }, text),
    el("button.btn", { type: "button", onclick: async () => { await navigator.clipboard?.writeText(text); toast("Copied."); } }, "Copy")),
    el("div.row", { style: { "justify-content": "flex-end" } }, el("button.btn.main", { type: "button", onclick: () => shown.close() }, "I have it")));
}

export function users(place, options) {
  if (!options.closed) return open(place, "users");
  const roleNames = Object.keys(options.roles);
  const places = (one = {}) => [field("Only these cameras", "cameras", { value: (one.cameras ?? []).join(", ") }, "ids with commas between; empty: all"),
    field("Only these sites", "sites", { value: (one.sites ?? []).join(", ") }, "empty: all")];
  const rights = ({ role, cameras, sites }) => ({ role, cameras: names(cameras), sites: names(sites) });

  const add = () => form("Add a user", [field("Name", "name", { required: true, maxlength: 64, autocomplete: "off" }), select("Role", "role", roleNames, "viewer"), ...places()], "Add", async (given) => {
    const made = await api("/v1/users", { name: given.name, ...rights(given) });
    look();
    if (made.password) secret(`The password of ${made.user.name}`, made.password, "It is shown this once. Hand it over safely; it can be changed under Your account.");
  });
  const change = (one) => form(`Change ${one.name}`, [select("Role", "role", roleNames, one.role), ...places(one),
    field("New password", "password", { type: "password", autocomplete: "new-password" }, "empty: it stays; another one ends their sessions")], "Save", async (given) => {
    await api(`PATCH /v1/users/${encodeURIComponent(one.name)}`, { ...rights(given), ...(given.password ? { password: given.password } : {}) });
    look();
  });
  const disable = (one) => attempt(async () => { await api(`PATCH /v1/users/${encodeURIComponent(one.name)}`, { disabled: !one.disabled }); look(); });
  const remove = async (one) => {
    if (!(await asked(`Remove ${one.name}?`, `${one.name} can sign in no more. What they did stays in the audit trail.`, `Remove ${one.name}`, true))) return;
    await attempt(() => api(`DELETE /v1/users/${encodeURIComponent(one.name)}`));
    look();
  };

  async function look() {
    const found = await attempt(() => api("/v1/users"));
    if (!found) return;
    put(place, el("div.row", {}, el("button.btn.main", { type: "button", onclick: add }, icon("plus"), "Add a user")), table(["Name", "Role", "Where", "Signed in", ""], found.users.map((one) => line(
      [one.name, " ", one.disabled && el("span.tag.bad", {}, "disabled")], one.role, where(one), one.signed_in ? el("span", { title: moment(one.signed_in) }, ago(one.signed_in)) : "never",
      el("div.row", {}, el("button.btn", { type: "button", "aria-label": `Change ${one.name}`, onclick: () => change(one) }, "Change"),
        el("button.btn", { type: "button", "aria-label": `${one.disabled ? "Enable" : "Disable"} ${one.name}`, onclick: () => disable(one) }, one.disabled ? "Enable" : "Disable"),
        el("button.btn.danger", { type: "button", "aria-label": `Remove ${one.name}`, onclick: () => remove(one) }, icon("bin"))))), "There are no users."));
  }
  look();
}

export function keys(place, options) {
  if (!options.closed) return open(place, "API keys");
  const add = () => {
    const scopes = el("fieldset.scopes", {}, el("legend", {}, "Scopes"), Object.entries(options.meaning).map(([scope, what]) =>
      el("label.check", {}, el("input", { type: "checkbox", name: "scope", value: scope }), el("span", {}, el("code", {}, scope), el("span.quiet.small", {}, ` ${what}`)))));
    const role = select("Role", "role", ["", ...Object.keys(options.roles)], "");
    role.querySelector("option").textContent = "chosen scopes";
    role.querySelector("select").addEventListener("change", (event) => { scopes.hidden = event.target.value !== ""; });
    form("Make an API key", [field("Name", "name", { required: true, maxlength: 64, autocomplete: "off" }, "what it is for"), role, scopes,
      field("Only these cameras", "cameras", {}, "ids with commas between; empty: all"), field("Expires", "expires", { type: "date" }, "empty: never")], "Make it", async (given) => {
      const wanted = [...scopes.querySelectorAll(":checked")].map((one) => one.value);
      const made = await api("/v1/keys", { name: given.name, cameras: names(given.cameras), ...(given.role ? { role: given.role } : { scopes: wanted }),
        ...(given.expires ? { expires: new Date(`${given.expires}T23:59:59`).toISOString() } : {}) });
      look();
      secret(`The key ${made.key.name}`, made.text, "It is shown this once. Programs send it as `Authorization: Bearer KEY`.");
    });
  };
  const revoke = async (one) => {
    if (!(await asked(`Revoke ${one.name}?`, `Programs that use ${one.name} are refused from now on.`, `Revoke ${one.name}`, true))) return;
    await attempt(() => api(`DELETE /v1/keys/${one.prefix}`));
    look();
  };
  async function look() {
    const found = await attempt(() => api("/v1/keys"));
    if (!found) return;
    put(place, el("div.row", {}, el("button.btn.main", { type: "button", onclick: add }, icon("plus"), "Make an API key")), table(["Name", "Begins with", "May", "Where", "Expires", "Last used", ""], found.keys.map((one) => line(
      one.name, el("code", {}, one.prefix), one.role ?? one.scopes.join(", "), where(one), one.expires ? moment(one.expires) : "never", one.used ? ago(one.used) : "never",
      el("button.btn.danger", { type: "button", onclick: () => revoke(one), "aria-label": `Revoke ${one.name}` }, "Revoke"))), "No keys yet. Programs need one each, with no more rights than they use."));
  }
  look();
}

export function roles(place, options) {
  const roleNames = Object.keys(options.roles);
  put(place, table(["Scope", "lets one", ...roleNames], Object.entries(options.meaning).map(([scope, what]) => line(el("code", {}, scope), what,
    ...roleNames.map((role) => (options.roles[role].includes(scope) ? el("span.good", { "aria-label": "yes" }, icon("check")) : el("span.quiet", { "aria-label": "no" }, "–"))))), ""));
}

export function account(place, options) {
  const said = el("p", { role: "status" });
  put(place, el("form.card.asking", { onsubmit: async (event) => {
    event.preventDefault();
    const form = event.target, given = Object.fromEntries(new FormData(form));
    if (given.new !== given.again) return put(said, el("span.bad", {}, "The new passwords differ."));
    try {
      await api("PUT /v1/session/password", { current: given.current, new: given.new });
      form.reset();
      put(said, "It is changed; every other session of yours has ended.");
    } catch (error) { put(said, el("span.bad", {}, error.said ?? error.message)); }
  } }, el("h2", {}, `Another password for ${options.name}`), field("Present password", "current", { type: "password", autocomplete: "current-password", required: true }),
  field("New password", "new", { type: "password", autocomplete: "new-password", required: true }), field("Once more", "again", { type: "password", autocomplete: "new-password", required: true }),
  said, el("div.row", {}, el("button.btn.main", {}, "Change it"))));
}
