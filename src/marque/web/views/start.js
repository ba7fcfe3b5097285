// First steps: what there is to do before there is anything to see.
import { h } from "vue";
import { view } from "marque/index.js";
import { offers } from "start/offers.js";

export default view(h, (host, options) => { host.append(offers(options, options.name ? `Welcome, ${options.name}` : "Welcome", "h1")); });
