// What was read, character by character; which texts were held possible; and what a person says it is.

import { api, attempt, el, icon, moment, percent, plate, sure, toast } from "marque/index.js";

const WEAK = 0.8, LEAST = 0.005, CHOICES = 5;

// Each character over a bar of how sure it is; under it what else it may be.
export function characters(read) {
  return el("ol.chars", { "aria-label": "Characters as they were read" }, read.characters.map((one) => {
    const level = one.confidence >= 0.9 ? "good" : one.confidence >= WEAK ? "warn" : "bad";
    const others = one.alternatives.filter((other) => other.confidence >= LEAST).slice(0, 3);
    const said = `${one.char}, ${percent(one.confidence)}${others.length ? `, or ${others.map((other) => `${other.char} ${percent(other.confidence)}`).join(", ")}` : ""}`;
    return el(`li.${level}`, { title: said }, el("span.char", {}, one.char), el("span.pillar", { style: { "--part": `${Math.round(one.confidence * 100)}%` } }), el("span.small", {}, Math.round(one.confidence * 100)),
      one.confidence < WEAK && el("span.sr", {}, "weak"), others.map((other) => el("span.other", {}, el("b", {}, other.char), ` ${Math.round(other.confidence * 100)}`)));
  }));
}

// `saved()`: something was corrected. Returns { element, write, choose } for the keyboard.
export function correction(entry, options, saved) {
  const { event, cursor } = entry;
  const machine = event.correction?.machine ?? event.plate?.text ?? "";
  const text = event.plate?.text ?? event.correction?.text ?? "";
  const input = el("input.field.mono", { id: "correct", maxlength: 32, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", value: event.plate?.display || text || machine, "aria-label": "What the plate says" });
  const reason = el("input.field", { id: "reason", maxlength: 500, placeholder: "Why (optional)", "aria-label": "Why" });
  const button = el("button.btn.main", { type: "submit" }, icon("check"), "Save");
  const note = el("p.small.quiet", { role: "status" }, "c to write, 1 to 5 for a candidate, Enter to save");
  const choices = (event.plate?.candidates ?? []).filter((one, at) => at === 0 || one.confidence >= LEAST).slice(0, CHOICES);

  const send = async (wanted, why, undo) => {
    button.disabled = true;
    const done = await attempt(() => api(`PATCH /v1/reads/${encodeURIComponent(event.id)}`, { text: wanted, reason: why }, { headers: { "If-Match": `W/"${cursor}"` } }).catch((error) => {
      if (error.status === 412) saved();
      throw error;
    }));
    button.disabled = false;
    if (!done) return;
    toast(undo ? `It says ${wanted} again.` : `Corrected to ${done.event.plate?.text ?? done.event.correction.text}.`);
    saved();
  };
  const choose = (number) => {
    const chosen = choices[number - 1];
    if (!chosen || !options.correct) return;
    input.value = chosen.display || chosen.text;
    note.textContent = `${chosen.display || chosen.text}: Enter saves it, Escape leaves it as it was.`;
    button.focus();
  };
  const leave = () => { input.value = event.plate?.display || text || machine; document.activeElement?.blur(); };
  const form = el("form.correct", { onsubmit: (submitted) => { submitted.preventDefault(); send(input.value, reason.value.trim()); }, onkeydown: (key) => { if (key.key === "Escape") { key.preventDefault(); leave(); } } },
    el("label", {}, "The plate says", input), el("label", {}, "Reason", reason), button, note);

  const list = choices.length > 0 && el("ol.candidates", { "aria-label": "What it may say" }, choices.map((one, at) => {
    const inside = [el("kbd", { "aria-hidden": "true" }, at + 1), plate({ text: one.text, display: one.display, region: one.region }, "small"), el("span.quiet.small", {}, one.format ?? ""), sure(one.confidence)];
    const chosen = one.text === text;
    return el("li", {}, options.correct ? el("button.btn.candidate", { type: "button", "aria-pressed": String(chosen), onclick: () => choose(at + 1) }, inside) : el("div.candidate", {}, inside));
  }));
  const made = event.correction;
  const said = made && el("div.corrected", {}, el("p", {}, icon("pen"), el("span", {}, `${made.by} corrected `, el("b.mono", {}, made.machine || "nothing"), " to ", el("b.mono", {}, made.text), ` on ${moment(made.at, event.timezone)}`, made.reason && `: ${made.reason}`)),
    options.correct && made.machine && made.machine !== text && el("button.btn", { type: "button", id: "undo", onclick: () => send(made.machine, "undone", true) }, icon("retry"), "Undo"));
  const element = el("section.card.say", { "aria-label": "Plate" }, el("h2", {}, "Plate"), event.plate && characters(event.plate), said, list && [el("h3", {}, "Candidates"), list], options.correct && [el("h3", {}, "Correct it"), form]);
  return { element, write() { input.focus(); input.value = machine || input.value; input.select(); }, choose };
}

