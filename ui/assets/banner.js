// The banner tells everyone who chats that the model is degraded.
const SECONDS = 5;

export class Banner {
  constructor(base, before) {
    this.address = `${base}banner`;
    this.place = document.createElement("div");
    this.place.id = "banner";
    this.place.setAttribute("role", "alert");
    before.before(this.place);
  }

  // Ask the server now, and every few seconds from now on.
  async start() {
    if (!document.hidden) {
      // If the server does not answer, the dashboard reports it.
      const answer = await fetch(this.address).catch(() => null);
      if (answer?.ok) this.place.textContent = answer.status === 200 ? await answer.text() : "";
    }
    setTimeout(() => this.start(), 1000 * SECONDS);
  }
}
