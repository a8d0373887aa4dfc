// Draw each figure with Plotly into the element that has its name; a figure that changes is drawn into the same plot.
import { inZone, plotlyDate } from "./figure_times.js";
import { ticks } from "./ticks.js";

const CONFIG = {
  displaylogo: false,
  responsive: true,
  // A double click zooms out: see `listen()`.
  doubleClick: false,
  // No button here sends data to another server.
  modeBarButtons: [["zoom2d", "pan2d", "toImage"]],
};

// The heights and widths of a legend in pixels, about: a row, a character, a character of Chinese, and what stands
// beside a name. The chart itself is narrower than its place.
const LEGEND_ROW = 19;
const CHARACTER = 6.6;
const WIDE_CHARACTER = 12;
const BESIDE_NAME = 45;
const MARGINS = 70;

const TRANSPARENT = "rgba(0,0,0,0)";

let library = null;

function plotly(address) {
  library ??= new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => loaded(window.Plotly));
    script.addEventListener("error", () => failed(new Error(`${address} cannot be loaded`)));
    document.head.append(script);
  });
  return library;
}

// `onZoom(since, until)` receives two timestamps in ms since the epoch, or nothing to zoom out.
// `onPoint(id)` receives the id of the request that was clicked. `isLog()` tells whether the reader wants logarithmic
// axes where a chart offers them.
export class Charts {
  constructor(root, address, { onZoom, onPoint, isLog }) {
    this.places = new Map([...root.querySelectorAll("[data-chart]")].map((place) => [place.dataset.chart, place]));
    this.address = address;
    this.onZoom = onZoom;
    this.onPoint = onPoint;
    this.drawn = {};
    this.isLog = isLog;
    this.figures = new Map();
    // A hidden tab has no width; it is drawn when it becomes visible.
    new ResizeObserver(() => this.drawAll()).observe(root);
    // The class of the body holds the theme.
    new MutationObserver(() => this.drawAll()).observe(document.body, { attributeFilter: ["class"] });
  }

  show(drawn) {
    this.drawn = drawn;
    this.figures = new Map(Object.entries(drawn).map(([name, figure]) => [name, inZone(figure)]));
    // Some charts are for the operator alone.
    for (const [name, place] of this.places) place.parentElement.hidden = !this.figures.has(name);
    return this.drawAll();
  }

  // Show the times of the same figures in a zone that was chosen.
  showZone() {
    return this.show(this.drawn);
  }

  async drawAll() {
    const Plotly = await plotly(this.address);
    for (const [name, figure] of this.figures) {
      const place = this.places.get(name);
      if (place?.clientWidth) this.draw(Plotly, place, figure);
    }
  }

  draw(Plotly, place, figure) {
    const box = place.parentElement;
    box.classList.toggle("failed", "error" in figure);
    box.querySelector(".title").textContent = figure.error ?? figure.layout.meta.title;
    box.querySelector(".note").textContent = figure.layout?.meta.note ?? "";
    const isLog = this.offerLogScale(box, figure.layout?.meta.log_scale ?? "");
    if (figure.error) {
      Plotly.purge(place);
      return;
    }
    const isNew = !place.on;
    place.setAttribute("aria-label", figure.layout.meta.description);
    const width = place.clientWidth;
    const layout = themed(figure.layout, getComputedStyle(place), width);
    layout.height += LEGEND_ROW * (legendRows(figure.data, width) - 1);
    if (isLog) layout.yaxis.type = "log";
    withoutBase(() => Plotly.react(place, figure.data, layout, CONFIG));
    if (isNew) this.listen(Plotly, place);
  }

  // Show the button with this name for a logarithmic axis, if the chart has one; return whether the axis is logarithmic.
  offerLogScale(box, name) {
    const isLog = name !== "" && this.isLog();
    const button = box.querySelector("[data-log-scale]");
    button.hidden = !name;
    button.textContent = name;
    button.setAttribute("aria-pressed", isLog);
    return isLog;
  }

  listen(Plotly, place) {
    place.on("plotly_click", ({ points }) => {
      const id = points[0].customdata;
      if (typeof id === "string" && id) this.onPoint(id);
    });
    place.on("plotly_relayout", (change) => {
      const range = zoomedRange(change);
      if (range) this.zoom(Plotly, range);
    });
    place.on("plotly_doubleclick", () => this.onZoom());
  }

  zoom(Plotly, range) {
    for (const place of this.places.values()) {
      if (place.layout?.xaxis.type === "date") Plotly.relayout(place, { "xaxis.range": range.map(plotlyDate) });
    }
    this.onZoom(Math.floor(range[0]), Math.ceil(range[1]));
  }
}

// Return the time range that a change of the layout zooms to, in ms since the epoch; null for any other change.
// Plotly writes timestamps as "2026-01-31 08:00:00.123", in UTC.
export function zoomedRange(change) {
  const range = ["xaxis.range[0]", "xaxis.range[1]"].map((name) =>
    typeof change[name] === "string" ? Date.parse(`${change[name].replace(" ", "T")}Z`) : NaN,
  );
  return range.every(Number.isFinite) ? range : null;
}

// Return about how many rows the legend of a plot of `width` pixels takes. Plotly puts names that do not fit into one
// row below each other, in columns as wide as the widest name.
export function legendRows(traces, width) {
  const names = traces.filter(({ showlegend, name }) => name && showlegend !== false).map(({ name }) => name);
  const widths = names.map((name) =>
    [...name].reduce((sum, letter) => sum + (letter > "\u2e80" ? WIDE_CHARACTER : CHARACTER), BESIDE_NAME),
  );
  const available = width - MARGINS;
  const all = widths.reduce((sum, each) => sum + each, 0);
  if (all <= available) return 1;
  return Math.ceil(names.length / Math.max(1, Math.floor(available / Math.max(...widths))));
}

// Return a layout with the colours and the font of a computed style, for a plot of `width` pixels.
export function themed(layout, style, width) {
  const grid = style.getPropertyValue("--border-color-primary");
  const text = style.getPropertyValue("--body-text-color");
  const axis = { gridcolor: grid, linecolor: grid, zeroline: false, automargin: true };
  const nticks = Math.max(2, Math.floor(width / 110));
  return {
    ...layout,
    width,
    font: { color: text, family: style.fontFamily },
    // By itself, Plotly takes a transparent background for black, and draws white icons on grey.
    modebar: {
      color: style.getPropertyValue("--body-text-color-subdued"),
      activecolor: text,
      bgcolor: TRANSPARENT,
    },
    paper_bgcolor: TRANSPARENT,
    plot_bgcolor: TRANSPARENT,
    xaxis: {
      ...layout.xaxis,
      ...axis,
      tickangle: 0,
      ...(layout.xaxis.type === "date" ? timeAxis(layout.xaxis.range, nticks) : { nticks }),
      // Plotly keeps a reader's zoom until this value changes: the server sets the time range.
      uirevision: `${layout.xaxis.range}`,
    },
    yaxis: { ...layout.yaxis, ...axis },
  };
}

// Return an axis between two moments, in ms since the epoch, with its ticks in the reader's zone.
function timeAxis(range, nticks) {
  const { tickvals, ticktext } = ticks(...range, nticks);
  return { range: range.map(plotlyDate), tickmode: "array", tickvals: tickvals.map(plotlyDate), ticktext };
}

// If the page has a <base>, Plotly refers to its clip paths by the whole address. They stop working as soon as the
// address changes, so that lines run out of the plot. Without the <base>, Plotly refers to them by their ids alone.
function withoutBase(draw) {
  const base = document.querySelector("base");
  const href = base?.getAttribute("href");
  base?.removeAttribute("href");
  draw();
  if (href) base.setAttribute("href", href);
}
