// The panel shows one request in a dialog over the page. The id of the request is a parameter of the address.
import * as address from "./address.js";
import { morph } from "./morph.js";

export class RequestPanel {
  constructor(base) {
    this.base = base;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "request-panel";
    // Gradio's @media rules apply only inside of `.contain`.
    document.querySelector(".gradio-container .contain").append(this.dialog);
    this.dialog.addEventListener("close", () => address.set({ request: "" }));
    window.addEventListener("popstate", () => (address.get("request") ? this.reload() : this.dialog.close()));
    this.dialog.addEventListener("click", ({ target }) => {
      // A click outside of the dialog's content has the dialog itself as its target.
      if (target === this.dialog || target.closest("[data-close]")) this.dialog.close();
    });
  }

  open(id) {
    address.set({ request: id });
    return this.reload();
  }

  // Fetch the request now, and again while the panel is open: a reply may still be running, or get a rating.
  async reload() {
    clearTimeout(this.timer);
    const id = address.get("request");
    if (!id) return;
    const seconds = Number(address.get("refresh") || address.DEFAULTS.refresh);
    if (seconds) this.timer = setTimeout(() => this.reload(), 1000 * seconds);
    if (document.hidden) return;
    const answer = await this.ask(id);
    // While the server does not answer, the panel keeps its content and asks again.
    if (!answer) return;
    // The panel may have been closed, or have opened another request, in the meantime.
    if (address.get("request") !== id) return;
    if (answer.isMarkup) morph(this.dialog, answer.text);
    else this.dialog.textContent = answer.text;
    if (!this.dialog.open) this.dialog.showModal();
  }

  // Return {isMarkup, text} of the server's answer about a request; null if the server does not answer.
  async ask(id) {
    const source = address.get("source") || address.DEFAULTS.source;
    try {
      const asked = new URLSearchParams({ request: id, source });
      if (address.get("map")) asked.set("map", address.get("map"));
      const answer = await fetch(`${this.base}request?${asked}`);
      const isMarkup = answer.headers.get("Content-Type")?.startsWith("text/html");
      return { isMarkup, text: await answer.text() };
    } catch {
      return null;
    }
  }
}
