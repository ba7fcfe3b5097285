// The live wall.
import { h } from "vue";
import { api, attempt, clock, el, follow, percent, picture, plate, view } from "marque/index.js";

function draw(host, options) {
  const list = el("ol.wall");
  host.append(list);
  let end;
  const show = (event) => list.prepend(el("li.card", {}, plate(event.plate), clock(event.first_seen, event.timezone), event.camera));
  attempt(async () => {
    const page = await api("/v1/events?limit=50");
    for (const entry of page.events.toReversed()) show(entry.event);
    end = follow({}, page.events[0]?.cursor ?? 0, show);
  });
  return () => end?.();
}

export default view(h, draw);
