// Having one picture read.

import { api, query } from "marque/index.js";

const TURNS = 20;

// The answer of /v1/read for one picture. Where the server has too much to do, it says when to come back: `waits` is
// told the seconds. Raises Problem, or AbortError when `signal` fires.
export async function ask(blob, region, { signal, waits = () => {} } = {}) {
  for (let turn = 1; ; turn += 1) {
    try {
      const answer = await api(`POST /v1/read?${query({ regions: region })}`, blob, { signal, headers: { "Content-Type": blob.type || "application/octet-stream" } });
      return answer.pictures[0];
    } catch (error) {
      if (error.status !== 429 || turn === TURNS) throw error;
      const seconds = Math.max(1, error.after);
      waits(seconds);
      await rest(seconds * 1000, signal);
    }
  }
}

export const rest = (milliseconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
});

// What went wrong, in the words of the API.
export function why(error, file, megabytes) {
  if (error instanceof TypeError) return file.size > megabytes * 1e6 ? `It is larger than the ${megabytes} MB that this server takes.` : "The server could not be reached.";
  return error.said ?? error.message;
}
