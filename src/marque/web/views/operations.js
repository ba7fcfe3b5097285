// Keeping it running, a tab for each concern.
import { h } from "vue";
import { el, put, set, view } from "marque/index.js";
import { audit } from "operations/audit.js";
import { deliveries } from "operations/deliveries.js";
import { health, models, storage } from "operations/state.js";
import { account, keys, roles, users } from "operations/people.js";

// key -> [name, the scope that it needs, what draws it]
const TABS = {
  health: ["Health", "state:view", health],
  deliveries: ["Deliveries", "deliveries:view", deliveries],
  storage: ["Storage", "state:view", storage],
  models: ["Models", "state:view", models],
  users: ["Users", "users:manage", users],
  keys: ["API keys", "keys:manage", keys],
  roles: ["Roles", "state:view", roles],
  audit: ["Audit trail", "audit:view", audit],
  account: ["Your account", "", account],
};

function draw(host, options) {
  const may = (scope) => !scope || options.scopes.includes(scope);
  const offered = Object.entries(TABS).filter(([key, [, scope]]) => may(scope) && (key !== "account" || options.kind === "user"));
  const place = el("div.desk");
  const links = el("nav.tabs", { "aria-label": "Operations" });
  let end;

  function show(wanted) {
    const known = TABS[wanted];
    const key = offered.some(([one]) => one === wanted) ? wanted : known ? "" : "health";
    for (const link of links.children) {
      set(link, { "aria-current": link.dataset.tab === key && "page" });
      if (link.dataset.tab !== key) link.removeAttribute("aria-current");
      else links.scrollLeft = link.offsetLeft - (links.clientWidth - link.offsetWidth) / 2;
    }
    end?.();
    put(place);
    if (!key) put(place, el("section.card.notice", {}, el("h2", {}, `${known[0]} is not for you`), el("p", {}, `It needs the scope ${known[1]}, which ${options.name} does not have.`)));
    else end = TABS[key][2](place, { ...options, may });
  }
  function go(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { tab } = event.currentTarget.dataset;
    history.pushState(null, "", `/operations/${tab}`);
    show(tab);
  }
  links.append(...offered.map(([key, [name]]) => el("a", { href: `/operations/${key}`, "data-tab": key, onclick: go }, name)));
  host.append(el("div.head", {}, el("h1", {}, "Operations")), links, place);
  const back = () => show(location.pathname.split("/")[2] ?? "");
  window.addEventListener("popstate", back);
  show(options.tab || "health");
  return () => { window.removeEventListener("popstate", back); end?.(); };
}

export default view(h, draw);
