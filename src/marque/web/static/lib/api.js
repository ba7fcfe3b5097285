// Asking the server. A refusal is a problem+json, whose detail is made for people.

import { toast } from "./dom.js";

// What is wrong, behind the name of its field where it has one.
export const named = ({ at, message }) => (at ? `${at}: ${message}` : message);

// `errors`: what is wrong with which field, as [{ at, message }]; `said` is all of it for people, `named` that with the names
// of fields, for forms that say it in one place.
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || `The server answered ${status}.`);
    const errors = body?.errors ?? [];
    Object.assign(this, { status, body: body ?? {}, errors, said: [this.message, ...errors.map((one) => one.message)].join(" "), named: errors.map(named).join(" ") || this.message });
  }
}

let session;
// Who is signed in, asked once: { name, kind, scopes, csrf_token }.
export const who = () => (session ??= api("/v1/session"));

export const query = (fields) => {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== null && one !== undefined && one !== "") found.append(name, one);
  return found.toString();
};

// api("/v1/reads?limit=5"), api("PATCH /v1/reads/1", { text }): the answer's JSON, or its Response where it is none.
export async function api(what, body, options = {}) {
  const [method, path] = what.includes(" ") ? what.split(" ", 2) : [body === undefined ? "GET" : "POST", what];
  const headers = { Accept: "application/json", ...options.headers };
  if (method !== "GET") headers["X-CSRF-Token"] = (await who()).csrf_token ?? "";
  const plain = body instanceof FormData || body instanceof Blob || typeof body === "string";
  if (body !== undefined && !plain) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: plain || body === undefined ? body : JSON.stringify(body), signal: options.signal });
  if (answer.status === 401) { location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`); return new Promise(() => {}); }
  const json = /json/.test(answer.headers.get("Content-Type") ?? "");
  // `after`: seconds until it may be asked again, where the server says so.
  if (!answer.ok) throw Object.assign(new Problem(answer.status, json ? await answer.json() : null), { after: Number(answer.headers.get("Retry-After")) || 0 });
  return json && answer.status !== 204 ? answer.json() : answer;
}

// Do it, and say what went wrong; what it gave, or undefined.
export async function attempt(does) {
  try { return await does(); } catch (error) {
    if (error.name !== "AbortError") toast(error.said ?? error.message, true);
    return undefined;
  }
}

// The log as it grows: `take(event, cursor)` for each revision, `state("live" | "lost")` as the connection goes.
// `filters` are those of /v1/stream. Returns what ends it.
export function follow(filters, after, take, state = () => {}) {
  let stream, timer, cursor = after, ended = false;
  const open = () => {
    stream = new EventSource(`/v1/stream?${query({ ...filters, after: cursor })}`);
    for (const kind of ["new", "update", "lost"])
      stream.addEventListener(kind, (message) => { cursor = Number(message.lastEventId) || cursor; take(JSON.parse(message.data), cursor); });
    stream.onopen = () => state("live");
    stream.onerror = () => {
      state("lost");
      // A browser gives up for good when the server refuses; we do not.
      if (stream.readyState === EventSource.CLOSED && !ended) timer = setTimeout(open, 5000);
    };
  };
  open();
  return () => { ended = true; clearTimeout(timer); stream.close(); };
}
