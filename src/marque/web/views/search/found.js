// A phrase, what it means, and what it found: shared by the search and by a read that was opened from it.

import { api, query } from "marque/index.js";

export const PAGE = 60;
const KEY = "marque-found";
const LOOK = 3; // pages that are looked through for a read that was not opened from the list

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// { parts, filters } of a phrase, in this browser's time zone; one that the server does not know is taken as UTC.
export async function understand(q, options) {
  const ask = (tz) => api(`/v1/search/phrase?${query({ q, tz })}`, undefined, options);
  try { return await ask(zone()); } catch (error) {
    if (error.status !== 422 || q.length > 500) throw error;
    return ask("UTC");
  }
}

export const reads = (filters, page, options, limit = PAGE) => api(`/v1/reads?${query({ ...filters, page, limit })}`, undefined, options);

export const search = (q) => `/search${q ? `?${query({ q })}` : ""}`;
export const read = (id, q) => `/reads/${encodeURIComponent(id)}${q === null || q === undefined ? "" : `?${query({ q }) || "q="}`}`;

// What was found last, for as long as this tab is open: { q, filters, ids, next, at }.
export function keep(found) { try { sessionStorage.setItem(KEY, JSON.stringify(found)); } catch { /* then a read looks again */ } }
export function kept(q) {
  try { const found = JSON.parse(sessionStorage.getItem(KEY)); return found?.q === q ? found : undefined; } catch { return undefined; }
}

// The reads before and after this one in what the phrase finds: { before, after, number }.
export async function neighbours(q, id) {
  let found = kept(q);
  if (!found?.ids.includes(id)) {
    const { filters } = await understand(q);
    found = { q, filters, ids: [], next: undefined };
    for (let pages = 0; pages < LOOK && found.next !== null && !found.ids.includes(id); pages++) await more(found, 200);
  }
  const at = found.ids.indexOf(id);
  if (at < 0) return {};
  if (at === found.ids.length - 1 && found.next) await more(found, PAGE);
  keep({ ...found, at: id });
  return { before: found.ids[at - 1], after: found.ids[at + 1], number: at + 1 };
}

async function more(found, limit) {
  const page = await reads(found.filters, found.next, undefined, limit);
  found.ids.push(...page.reads.map((one) => one.event.id));
  found.next = page.next;
}

// Why a fuzzy search found it, as people read it.
export function reasons(likeness) {
  return likeness.reasons.map((one) => {
    if (one === "candidate") return "held possible when it was read";
    if (one.includes("~")) return one.replace("~", " ↔ ");
    const count = Math.abs(Number(one));
    return `${count} character${count === 1 ? "" : "s"} ${one.startsWith("+") ? "more" : "fewer"}`;
  });
}

export function why(likeness) {
  const found = reasons(likeness);
  return found.length ? found.join(", ") : "as asked for";
}
