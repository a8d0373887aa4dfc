// Tell whoever chats while the model is degraded.
const SECONDS = 5;

export class Banner {
  constructor(base, before) {
    this.address = `${base}banner`;
    this.place = document.createElement("div");
    this.place.id = "banner";
    this.place.setAttribute("role", "alert");
    before.before(this.place);
    this.ask();
  }

  async ask() {
    if (!document.hidden) {
      const answer = await fetch(this.address).catch(() => null); // no server: the dashboard says so
      if (answer?.ok) this.place.textContent = answer.status === 200 ? await answer.text() : "";
    }
    setTimeout(() => this.ask(), 1000 * SECONDS);
  }
}
