// Read a picture: pictures and clips in, plates out, nothing kept.
import { h } from "vue";
import { el, view } from "marque/index.js";
import { reader } from "reading/reader.js";

function draw(host, options) {
  const results = el("div.results", { "aria-live": "polite" });
  const made = reader(results, options);
  host.append(el("div.head", {}, el("h1", {}, "Read a picture"), made.region), made.choose, results);
  return made.end;
}

export default view(h, draw);
