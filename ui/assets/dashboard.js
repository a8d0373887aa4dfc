// The dashboard's page: ask the server for the parts that have changed, show them, and turn clicks into addresses.
import * as address from "./address.js";
import { Charts } from "./charts.js";
import { copy } from "./copy.js";
import { mappingOf } from "./mapping.js";
import { morph } from "./morph.js";
import { FileOpener } from "./open_file.js";
import { showRole } from "./sign_in.js";
import { browsersZone, fromField, showTimes, toField } from "./zone.js";

const TYPING_MS = 400;
// The time between two questions while a file is being read.
const READING_MS = 500;
const { DEFAULTS } = address;
const OVERVIEW_PARTS = ["health", "reading", "notice", "mapping", "alerts", "drills", "cards", "window"];
const BUTTONS = [
  "set",
  "silence",
  "drill",
  "remove-old",
  "export",
  "copy",
  "zoom-out",
  "log-scale",
  "open-sign-in",
  "reset-filter",
];
// The control of the page's header with which a visitor signs in, if there is one.
const SIGN_IN = "#head [data-sign-in], #head a[href^='login/']";

export class Dashboard {
  constructor(root, base, panel) {
    this.root = root;
    this.base = base;
    this.panel = panel;
    // The tags (versions) of the parts that the page shows, by name.
    this.tags = new Map();
    this.interval = null;
    this.charts = new Charts(root, root.dataset.plotly, {
      onZoom: (since, until) => this.go({ zoom: since === undefined ? "" : `${since},${until}` }),
      onPoint: (id) => panel.open(id),
      isLog: () => address.get("scale") === "log",
    });
    root.addEventListener("change", ({ target }) => this.changed(target));
    root.addEventListener("input", ({ target }) => this.typed(target));
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("submit", (event) => this.submitted(event));
    new FileOpener(root, `${base}upload`, {
      onOpened: (source) => this.go({ ...address.withoutFilter(), source, range: "all" }),
      onProblem: (text) => this.problem(text),
      offline: () => this.offline,
    }).start();
    window.addEventListener("popstate", () => {
      if (this.tags.size) this.showZone();
      this.refresh();
    });
    document.addEventListener("visibilitychange", () => this.tick());
    this.tick();
  }

  get offline() {
    return this.part("view").querySelector("form")?.dataset.offline ?? "?";
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  // Change the view, and show the new one.
  async go(changes) {
    address.set(changes, { keep: !("q" in changes) });
    await this.refresh();
    this.schedule();
  }

  get isSeen() {
    return !document.hidden && this.root.offsetParent !== null;
  }

  get isReadingFile() {
    return this.part("notice").querySelector("progress") !== null;
  }

  get seconds() {
    return Number(address.get("refresh") || DEFAULTS.refresh);
  }

  // Ask the server now, and again after the chosen interval; a hidden page does not ask.
  async tick() {
    clearTimeout(this.timer);
    const isWaiting = !this.tags.size || this.isReadingFile;
    if (this.isSeen && !this.request && (this.seconds || isWaiting)) await this.refresh();
    this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    const delay = this.isReadingFile ? READING_MS : 1000 * this.seconds;
    this.timer = setTimeout(() => this.tick(), (this.isSeen && delay) || 1000);
  }

  async refresh() {
    this.request?.abort();
    const request = (this.request = new AbortController());
    let answer, body;
    try {
      answer = await fetch(`${this.base}view?${address.viewQuery()}`, {
        headers: { "X-Have": [...this.tags.values()].join(" ") },
        signal: request.signal,
      });
      body = await (answer.status === 200 ? answer.json() : answer.text());
    } catch (error) {
      if (error.name !== "AbortError") this.problem(this.offline);
      return;
    } finally {
      if (this.request === request) this.request = null;
    }
    this.problem(answer.ok ? "" : body, { isMarkup: answer.headers.get("Content-Type")?.startsWith("text/html") });
    if (answer.status === 200) await this.show(body);
    else if (this.tags.size) this.fill();
    // A sign-in may end, or begin in another tab, while the page is open. An error does not tell whose view it was.
    const isVisitor = this.root.querySelector(".visitor") !== null;
    if (answer.ok || isVisitor) showRole(document, isVisitor ? "visitor" : "operator");
  }

  async show({ view, filter, overview, table }) {
    for (const [name, part] of Object.entries({ view, filter, overview, table })) {
      if (part) this.tags.set(name, part.tag);
    }
    if (view) morph(this.part("view"), view.html);
    if (filter) morph(this.part("filter"), filter.html);
    if (table) morph(this.part("table"), table.html);
    if (overview) {
      this.interval = overview.interval;
      if (!address.get("range")) address.set({ range: overview.range, page: address.get("page") });
      for (const name of OVERVIEW_PARTS) morph(this.part(name), overview[name]);
    }
    this.fill();
    if (overview) await this.charts.show(overview.figures);
  }

  // Set the fields of the forms from the address, except for the field that the reader is using.
  fill(used = document.activeElement) {
    for (const field of this.root.querySelectorAll("[data-form] [name]")) {
      const given = address.get(field.name) || DEFAULTS[field.name] || "";
      const value = field.type === "datetime-local" ? toField(given) : given;
      if (field.type === "radio") field.checked = field.value === value;
      else if (field !== used) field.value = value;
    }
    this.root.querySelector(".own").hidden = address.get("range") !== "own";
    this.root.querySelector("[data-zoom-out]").hidden = !address.get("zoom");
    if (this.interval) this.nameZone(browsersZone(this.interval));
  }

  nameZone(name) {
    const option = this.root.querySelector("[name=zone] option");
    if (option.textContent !== name) option.textContent = name;
  }

  // Show everything in the zone of the address.
  showZone() {
    showTimes(document);
    this.fill(null);
    return this.charts.showZone();
  }

  changed(field) {
    const value = field.type === "datetime-local" ? fromField(field.value) : field.value;
    if (field.name === "zone") {
      address.set({ zone: value });
      this.showZone();
    } else if (field.name === "refresh") {
      address.set({ refresh: field.value === DEFAULTS.refresh ? "" : field.value });
      this.tick();
    } else if (field.name === "range" && field.value === "own") {
      const [since, until] = this.interval;
      this.go({ range: "own", from: wholeSecond(since, Math.floor), to: wholeSecond(until, Math.ceil) });
    } else if (field.name && value !== address.get(field.name)) {
      this.go({ [field.name]: value === DEFAULTS[field.name] ? "" : value });
      // The files around that time are offered there.
      if (field.name === "near") this.root.querySelector("[name=source]").focus();
    }
  }

  typed(field) {
    if (!["search", "number"].includes(field.type)) return;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.changed(field), TYPING_MS);
  }

  submitted(event) {
    event.preventDefault();
    if ("mapping" in event.target.dataset) this.go({ map: mappingOf(event.target) });
  }

  clicked(event) {
    const button = event.target.closest(BUTTONS.map((name) => `[data-${name}]`).join());
    if (!button) {
      this.openRow(event.target);
      return;
    }
    const { set, silence, drill, removeOld, export: format } = button.dataset;
    if (set) {
      event.preventDefault();
      this.go(Object.fromEntries(new URLSearchParams(set)));
    } else if (silence) this.post(button, `silence?${silence}`);
    else if (drill) this.post(button, `drills?drill=${drill}`);
    else if (removeOld) this.post(button, `old-files?${removeOld}`);
    else if (format) button.href = `${this.base}export?${address.viewQuery()}&format=${format}`;
    else if ("copy" in button.dataset) copy(button, button.nextElementSibling.textContent);
    else if ("zoomOut" in button.dataset) this.go({ zoom: "" });
    else if ("logScale" in button.dataset) {
      address.set({ scale: address.get("scale") === "log" ? "" : "log" });
      this.charts.drawAll();
    } else if ("openSignIn" in button.dataset) document.querySelector(SIGN_IN)?.click();
    else this.go(address.withoutFilter());
  }

  // Open the request of a row that was clicked, unless the reader follows a link or selects text.
  openRow(target) {
    const link = target.closest("tbody tr")?.querySelector("a[data-request]");
    if (link && !target.closest("a, button") && !getSelection().toString()) link.click();
  }

  // Send a button's command to the server; a later refresh shows its effect.
  async post(button, what) {
    button.disabled = true;
    const answer = await fetch(`${this.base}${what}`, { method: "POST" }).catch(() => null);
    if (answer?.ok) return;
    button.disabled = false;
    // Whose sign-in has ended sees that before the reason.
    if (answer?.status === 403) await this.refresh();
    this.problem(answer ? await answer.text() : this.offline);
  }

  problem(text, { isMarkup = false } = {}) {
    const place = this.part("problem");
    if (isMarkup) morph(place, text);
    else place.textContent = text;
    place.hidden = !text;
  }

  // Show the buttons that lead to signing in if the header has a control for it; it comes later than this page.
  offerSignIn() {
    const control = document.querySelector(SIGN_IN);
    for (const button of this.root.querySelectorAll("[data-open-sign-in]")) button.hidden = !control;
  }
}

// Write a moment as the address does, with its milliseconds rounded down or up.
function wholeSecond(moment, round) {
  return new Date(1000 * round(moment / 1000)).toISOString().slice(0, "2026-01-31T08:00:00".length);
}
