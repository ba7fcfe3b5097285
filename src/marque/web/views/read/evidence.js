// Evidence to take away: each picture and the JSON, or all of it in one ZIP (stored, since JPEG packs no further).

import { attempt, download, el, icon, picture } from "marque/index.js";

const NAMES = { frame: "Frame", plate: "Plate", strip: "Strip", vehicle: "Vehicle" };

export function evidence(entry, options) {
  const { event } = entry;
  const base = `marque-${(event.plate?.text || "unread").replace(/[^\p{L}\p{N}]/gu, "")}-${event.id}`;
  const shown = options.pictures ? Object.keys(event.images) : [];
  const json = () => JSON.stringify(entry, null, 2);
  const all = async () => {
    const files = [[`${base}.json`, new TextEncoder().encode(json())]];
    for (const name of shown) {
      const answer = await fetch(picture(event, name));
      if (!answer.ok) throw new Error(`The picture “${name}” cannot be had: the server answered ${answer.status}.`);
      files.push([`${base}-${name}.jpg`, new Uint8Array(await answer.arrayBuffer())]);
    }
    download(`${base}.zip`, zip(files), "application/zip");
  };
  return el("div.row.evidence", {}, shown.map((name) => el("a.btn", { href: picture(event, name), download: `${base}-${name}.jpg` }, icon("download"), NAMES[name] ?? name)),
    el("button.btn", { type: "button", onclick: () => download(`${base}.json`, json(), "application/json") }, icon("download"), "JSON"),
    el("button.btn", { type: "button", id: "zip", onclick: () => attempt(all) }, icon("download"), "All as ZIP"),
    el("button.btn", { type: "button", onclick: () => print() }, "Print"));
}

const TABLE = Uint32Array.from({ length: 256 }, (_, number) => { let code = number; for (let bit = 0; bit < 8; bit++) code = code & 1 ? (code >>> 1) ^ 0xedb88320 : code >>> 1; return code; });

function sum(bytes) {
  let code = 0xffffffff;
  for (const one of bytes) code = TABLE[(code ^ one) & 255] ^ (code >>> 8);
  return (code ^ 0xffffffff) >>> 0;
}

// [[name, bytes], …] as a ZIP (APPNOTE 6.3): a header before each file, and the directory behind all.
export function zip(files) {
  const now = new Date();
  const stamp = [(now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1), ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate()];
  const parts = [], directory = [];
  let at = 0, length = 0;
  for (const [name, bytes] of files) {
    const title = new TextEncoder().encode(name);
    const shared = [20, 0x0800, 0, ...stamp];
    const sizes = [sum(bytes), bytes.length, bytes.length];
    const head = numbers([[4, 0x04034b50], ...shared.map((one) => [2, one]), ...sizes.map((one) => [4, one]), [2, title.length], [2, 0]]);
    const line = numbers([[4, 0x02014b50], [2, 20], ...shared.map((one) => [2, one]), ...sizes.map((one) => [4, one]), [2, title.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]);
    parts.push(head, title, bytes);
    directory.push(line, title);
    at += head.length + title.length + bytes.length;
    length += line.length + title.length;
  }
  const end = numbers([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, length], [4, at], [2, 0]]);
  return new Blob([...parts, ...directory, end]);
}

function numbers(fields) {
  const made = new DataView(new ArrayBuffer(fields.reduce((total, [size]) => total + size, 0)));
  let at = 0;
  for (const [size, value] of fields) { if (size === 4) made.setUint32(at, value, true); else made.setUint16(at, value, true); at += size; }
  return new Uint8Array(made.buffer);
}
