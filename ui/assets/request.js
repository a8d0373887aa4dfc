// One request, opened over the page; its id stands in the address.
import * as address from "./address.js";
import { morph } from "./morph.js";

export class RequestPanel {
  constructor(base) {
    this.base = base;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "request-panel";
    document.querySelector(".gradio-container .contain").append(this.dialog); // @media rules count only in there
    this.dialog.addEventListener("close", () => address.set({ request: "" }));
    window.addEventListener("popstate", () => (address.get("request") ? this.reload() : this.dialog.close()));
    this.dialog.addEventListener("click", ({ target }) => {
      if (target === this.dialog || target.closest("[data-close]")) this.dialog.close(); // a click beside it, too
    });
  }

  open(id) {
    address.set({ request: id });
    return this.reload();
  }

  // Fetch what is known of the request now, and again while it is open: its reply may go on, or be rated.
  async reload() {
    clearTimeout(this.timer);
    const id = address.get("request");
    if (!id) return;
    const seconds = Number(address.get("refresh") || address.DEFAULTS.refresh);
    if (seconds) this.timer = setTimeout(() => this.reload(), 1000 * seconds);
    if (document.hidden) return;
    const asked = new URLSearchParams({ request: id, source: address.get("source") || address.DEFAULTS.source });
    let answer, text;
    try {
      answer = await fetch(`${this.base}request?${asked}`);
      text = await answer.text();
    } catch {
      return; // no server: what is shown stays, and is asked for again
    }
    if (address.get("request") !== id) return; // closed, or another one, meanwhile
    if (answer.ok) morph(this.dialog, text);
    else this.dialog.textContent = text;
    if (!this.dialog.open) this.dialog.showModal();
  }
}
