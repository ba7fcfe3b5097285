// What every view shares. Texts from outside only ever become text nodes and attributes, never markup.
export * from "./dom.js";
export * from "./api.js";
export * from "./words.js";
export * from "./keys.js";
export * from "./film.js";
