// A camera's picture as it changes. The MJPEG is taken apart here: so a refusal can be read, a lost picture comes
// again, and a page that nobody sees asks for nothing.

import { query } from "./api.js";

const AGAIN = 2000, SOON = 300;

// Calls take(jpeg) for each picture of /v1/cameras/{id}/live, and said(text) with why there is none ("" when there is).
// It waits while `ready()` says that there is no picture to ask for. Returns { stop, set }: set({ overlay: true }) goes on
// with other wishes.
export function film(camera, wishes, take, said = () => {}, ready = () => true) {
  let wanted = { fps: 5, ...wishes }, ended = false, going, timer;
  const shown = () => !document.hidden && !ended;
  const go = async () => {
    clearTimeout(timer);
    going?.abort();
    if (!shown()) return;
    if (!ready()) { timer = setTimeout(go, SOON); return; }
    const mine = (going = new AbortController());
    try {
      const answer = await fetch(`/v1/cameras/${encodeURIComponent(camera)}/live?${query(wanted)}`, { signal: mine.signal });
      if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail ?? `The server answered ${answer.status}.`);
      await parts(answer.body.getReader(), (jpeg) => { if (going === mine) { said(""); take(jpeg); } });
    } catch (error) {
      if (going !== mine || mine.signal.aborted) return;
      said(error instanceof TypeError ? "The server cannot be reached." : error.message);
    }
    if (going === mine && shown()) timer = setTimeout(go, AGAIN);
  };
  document.addEventListener("visibilitychange", go);
  go();
  return {
    set(more) { wanted = { ...wanted, ...more }; go(); },
    stop() { ended = true; document.removeEventListener("visibilitychange", go); clearTimeout(timer); going?.abort(); },
  };
}

// Each part of a multipart answer, whose head says how long it is.
async function parts(reader, take) {
  let rest = new Uint8Array();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest = joined(rest, value);
    for (let found = part(rest); found; found = part(rest)) { rest = rest.slice(found.end); take(found.jpeg); }
  }
}

function part(bytes) {
  const head = ends(bytes);
  if (head < 0) return null;
  const size = Number(/content-length: *(\d+)/i.exec(new TextDecoder("latin1").decode(bytes.subarray(0, head)))?.[1]);
  if (!(head + size <= bytes.length)) return null;
  return { jpeg: new Blob([bytes.subarray(head, head + size)], { type: "image/jpeg" }), end: head + size };
}

// Where the head is over: after the first empty line that follows some text.
function ends(bytes) {
  for (let at = 3; at < Math.min(bytes.length, 1000); at += 1)
    if (bytes[at - 3] === 13 && bytes[at - 2] === 10 && bytes[at - 1] === 13 && bytes[at] === 10) return at + 1;
  return -1;
}

function joined(one, other) {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}

// Shows pictures in an <img>, and lets go of those shown before.
export function shows(image) {
  let last;
  return (jpeg) => {
    const before = last;
    last = URL.createObjectURL(jpeg);
    image.src = last;
    if (before) image.decode().catch(() => {}).then(() => URL.revokeObjectURL(before));
  };
}
