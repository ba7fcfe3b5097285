// A camera's settings as a form, made from their JSON Schema, whose descriptions are the help.
import { el, named, put } from "marque/index.js";

const APART = new Set(["zones", "enabled"]); // drawn, and a button
const FIRST = ["id", "source", "timezone", "regions"];
const NAMES = { id: "Name", source: "Address", ocr_budget: "Readings per plate, at most", min_plate_width: "Least plate width", min_plate_length: "Least number of characters",
  min_readings: "Readings that must agree", frame_skip: "Frames left out", lost_after: "Gone after", reappear_after: "Back after", timezone: "Time zone" };

// `code` in a description as code.
const said = (text) => text.split("`").map((part, number) => (number % 2 ? el("code", {}, part) : part));
export const title = (name) => NAMES[name] ?? (name[0].toUpperCase() + name.slice(1)).replaceAll("_", " ");
const kind = (field) => (field.anyOf ?? [field]).map((one) => one.type);

// Returns { host, values, wrong, source }. `values()` has what can be sent; `wrong(problem)` says at each field what is
// wrong with it, and gives what belongs to none.
export function form(schema, settings, { fixed = [] } = {}) {
  const fields = Object.entries(schema.properties).filter(([name]) => !APART.has(name))
    .map(([name, field]) => [name, control(name, field, settings?.[name] ?? field.default, fixed.includes(name))]);
  const made = Object.fromEntries(fields);
  const more = fields.filter(([name]) => !FIRST.includes(name)).map(([, one]) => one.host);
  const details = el("details.more", {}, el("summary", {}, "How its plates are read"), el("div.fields", {}, more));
  const host = el("div.fields", {}, FIRST.map((name) => made[name].host), details);
  return {
    host, made,
    source: made.source.input,
    values: () => Object.fromEntries(fields.map(([name, one]) => [name, one.value()])),
    wrong(problem) {
      for (const [, one] of fields) one.say("");
      const rest = [];
      for (const mistake of problem?.errors ?? []) {
        const one = made[mistake.at.split(".")[0]];
        if (one) one.say([one.said(), mistake.message].filter(Boolean).join(" "));
        else rest.push(named(mistake));
      }
      const first = fields.find(([, one]) => one.said());
      if (first) { if (!FIRST.includes(first[0])) details.open = true; first[1].input.focus(); }
      return problem ? [...rest, ...(problem.errors?.length ? [] : [problem.message])].join(" ") : "";
    },
  };
}

let count = 0;
function control(name, field, value, fixed) {
  const id = `field-${name}-${(count += 1)}`;
  const { input, read } = made(name, field, value);
  const wrong = el("p.wrong.small", { id: `${id}-wrong`, role: "alert" });
  Object.assign(input, { id, disabled: fixed });
  input.setAttribute("aria-describedby", `${id}-help ${id}-wrong`);
  const label = el("label", { for: id }, title(name));
  const help = el("p.help.small.quiet", { id: `${id}-help` }, said(field.description ?? ""));
  const host = el(`div.setting${input.type === "checkbox" ? ".tick" : ""}`, {}, label, input, help, wrong);
  return { host, input, value: read, said: () => wrong.textContent, say(text) { put(wrong, text); input.setAttribute("aria-invalid", text ? "true" : "false"); } };
}

function made(name, field, value) {
  const types = kind(field);
  if (types.includes("boolean")) {
    const input = el("input", { type: "checkbox", checked: value ? true : null });
    return { input, read: () => input.checked };
  }
  if (types.includes("array")) {
    const input = text((value ?? []).join(", "), { placeholder: "all" });
    return { input, read: () => input.value.split(/[\s,]+/).filter(Boolean) };
  }
  if (types.includes("object")) return mapping(value);
  if (types.includes("string") && !types.includes("number")) return { ...plain(name, value) };
  const whole = types.includes("integer");
  const bounds = (field.anyOf ?? [field]).find((one) => one.type === "number" || one.type === "integer") ?? {};
  const span = types.includes("string");
  const input = span ? text(value, { inputmode: "decimal" })
    : el("input.field", { type: "number", step: whole ? 1 : "any", min: bounds.minimum, max: bounds.maximum, value, placeholder: types.includes("null") ? "as the model's card" : null });
  return { input, read: () => number(input.value.trim(), types.includes("null") ? null : field.default) };
}

// A number where it is one; the server says what is wrong with anything else.
const number = (written, empty) => (written === "" ? empty : Number.isNaN(Number(written)) ? written : Number(written));
const text = (value, more = {}) => el("input.field", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", value: value ?? "", ...more });

function plain(name, value) {
  const input = text(value, { required: true });
  if (name === "timezone") input.setAttribute("list", zones());
  return { input, read: () => input.value.trim() };
}

// An address, or a mapping as JSON.
function mapping(value) {
  const input = text(typeof value === "string" || value === undefined ? value : JSON.stringify(value), { class: "field mono", required: true });
  const read = () => { const written = input.value.trim(); try { return written.startsWith("{") ? JSON.parse(written) : written; } catch { return written; } };
  return { input, read };
}

function zones() {
  if (!document.getElementById("timezones"))
    document.body.append(el("datalist", { id: "timezones" }, (Intl.supportedValuesOf?.("timeZone") ?? []).map((one) => el("option", { value: one }))));
  return "timezones";
}
