// Draw figures with Plotly into the places that have their names, and keep each plot when its figure changes.
const CONFIG = {
  displaylogo: false,
  responsive: true,
  doubleClick: false, // it zooms out: see below
  modeBarButtons: [["zoom2d", "pan2d", "toImage"]], // none that talks to another server
};

let library = null;

function plotly(address) {
  library ??= new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => loaded(window.Plotly);
    script.onerror = () => failed(new Error(`${address} cannot be loaded`));
    document.head.append(script);
  });
  return library;
}

// `onZoom(since, until)` gets two moments in ms since the epoch, or nothing to zoom out; `onPoint(id)` a request's id.
export class Charts {
  constructor(root, address, { onZoom, onPoint }) {
    this.places = new Map([...root.querySelectorAll("[data-chart]")].map((place) => [place.dataset.chart, place]));
    this.address = address;
    this.onZoom = onZoom;
    this.onPoint = onPoint;
    this.figures = new Map();
    new ResizeObserver(() => this.drawAll()).observe(root); // a tab that becomes visible gets its width only then
    new MutationObserver(() => this.drawAll()).observe(document.body, { attributeFilter: ["class"] });
  }

  show(drawn) {
    for (const [name, figure] of Object.entries(drawn)) this.figures.set(name, figure);
    return this.drawAll();
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
    if (figure.error) {
      Plotly.purge(place);
      return;
    }
    const isNew = !place.on;
    place.setAttribute("aria-label", figure.layout.meta.description);
    withoutBase(() => Plotly.react(place, figure.data, themed(figure.layout, place), CONFIG));
    if (isNew) this.listen(Plotly, place);
  }

  listen(Plotly, place) {
    place.on("plotly_click", ({ points }) => {
      const id = points[0].customdata;
      if (typeof id === "string" && id) this.onPoint(id);
    });
    place.on("plotly_relayout", (change) => {
      const range = ["xaxis.range[0]", "xaxis.range[1]"].map((name) => moment(change[name]));
      if (range.every(Number.isFinite)) this.zoom(Plotly, range);
    });
    place.on("plotly_doubleclick", () => this.onZoom());
  }

  zoom(Plotly, range) {
    for (const place of this.places.values()) {
      if (place.layout?.xaxis.type === "date") Plotly.relayout(place, { "xaxis.range": range });
    }
    this.onZoom(...range.map(Math.round));
  }
}

// Plotly tells moments as "2026-01-31 08:00:00.123", in UTC.
function moment(text) {
  return typeof text === "string" ? Date.parse(`${text.replace(" ", "T")}Z`) : NaN;
}

function themed(layout, place) {
  const style = getComputedStyle(place);
  const grid = style.getPropertyValue("--border-color-primary");
  const axis = { gridcolor: grid, linecolor: grid, zeroline: false, automargin: true };
  const width = place.clientWidth;
  return {
    ...layout,
    width,
    font: { color: style.getPropertyValue("--body-text-color"), family: style.fontFamily },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: {
      ...layout.xaxis,
      ...axis,
      tickangle: 0,
      nticks: Math.max(2, Math.floor(width / 110)),
      uirevision: `${layout.xaxis.range}`, // the shown time is the server's to tell
    },
    yaxis: { ...layout.yaxis, ...axis },
  };
}

// Where a page has a <base>, plotly names clip paths by the whole address, and nothing is cut off once that changes.
function withoutBase(draw) {
  const base = document.querySelector("base");
  const href = base?.getAttribute("href");
  base?.removeAttribute("href");
  draw();
  if (href) base.setAttribute("href", href);
}
