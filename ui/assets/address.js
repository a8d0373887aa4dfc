// The view that is looked at, as it stands in the page's address. Other parts of the address stay as they are.
const TABLE = ["kind", "task", "status", "label", "level", "over", "q", "session", "id", "sort", "page"];
const FILTER = TABLE.filter((name) => name !== "sort");
const ASKED = ["source", "range", "from", "to", "zoom", ...TABLE]; // what the server is asked for
const NAMES = [...ASKED, "refresh", "request", "tab"];
export const DEFAULTS = { source: "live", refresh: "2", kind: "requests" };

export function get(name) {
  return new URLSearchParams(location.search).get(name) ?? "";
}

// Change parts of the view: {name: value}, "" taking one away. `keep` adds a step to the browser's history.
export function set(changes, { keep = false } = {}) {
  const all = new URLSearchParams(location.search);
  const movesTable = Object.keys(changes).some((name) => ASKED.includes(name) && !["page", "zoom"].includes(name));
  if (movesTable) all.delete("page");
  if ("range" in changes || "source" in changes) all.delete("zoom");
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") all.delete(name);
    else all.set(name, value);
  }
  if (all.get("range") !== "own") for (const name of ["from", "to"]) all.delete(name);
  const search = all.toString();
  const address = location.pathname + (search && `?${search}`) + location.hash;
  if (keep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

// What the server is to answer, as a query string.
export function asked() {
  const all = new URLSearchParams(location.search);
  for (const name of [...all.keys()]) if (!ASKED.includes(name)) all.delete(name);
  return all.toString();
}

export function withoutFilter() {
  return Object.fromEntries(FILTER.map((name) => [name, ""]));
}

// Tell whether the address asks for the dashboard, and not for the chat.
export function asksForDashboard() {
  return NAMES.some((name) => name !== "request" && get(name) !== "");
}
