// The state of the view is kept in the query string of the page's address. Parameters of others are left alone.
const TABLE = ["kind", "task", "status", "label", "level", "over", "q", "session", "id", "sort", "page"];
const FILTER = TABLE.filter((name) => name !== "sort");
// These parameters are sent to the server.
const VIEW = ["source", "map", "near", "range", "from", "to", "zoom", ...TABLE];
// A change of these selects the same records.
const KEEPS_PAGE = new Set(["near", "page", "zoom"]);
const NAMES = [...VIEW, "refresh", "request", "scale", "tab", "zone"];
export const DEFAULTS = { source: "live", refresh: "2", kind: "requests" };

export function get(name) {
  return new URLSearchParams(location.search).get(name) ?? "";
}

// Change parameters of the view: {name: value}. An empty value removes a parameter.
// With `keep`, the change becomes a step of the browser's history.
export function set(changes, { keep = false } = {}) {
  const query = changed(location.search, changes);
  const address = location.pathname + (query && `?${query}`) + location.hash;
  if (keep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

// Return a query string with some parameters changed, and without those that the change makes invalid:
// the page number of another selection, the zoom of another time range or source, the names for the fields of another
// source.
export function changed(search, changes) {
  const all = new URLSearchParams(search);
  const selectsOthers = Object.keys(changes).some((name) => VIEW.includes(name) && !KEEPS_PAGE.has(name));
  if (selectsOthers) all.delete("page");
  if (["range", "source", "map"].some((name) => name in changes)) all.delete("zoom");
  if ("source" in changes) all.delete("map");
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") all.delete(name);
    else all.set(name, value);
  }
  if (all.get("range") !== "own") for (const name of ["from", "to"]) all.delete(name);
  return all.toString();
}

// Return the query string that the server is asked with.
export function viewQuery(search = location.search) {
  return new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => VIEW.includes(name))).toString();
}

// Return the changes that remove every parameter of the filter.
export function withoutFilter() {
  return Object.fromEntries(FILTER.map((name) => [name, ""]));
}

// Return true if the address describes a view of the dashboard; an address without one opens the chat.
export function isDashboard() {
  return NAMES.some((name) => name !== "request" && get(name) !== "");
}
