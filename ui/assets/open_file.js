// Open a file: the reader chooses it with the control of the page, or drops it onto the page.
import { takeDroppedFiles } from "./drop.js";
import { upload } from "./upload.js";

export class FileOpener {
  // `address` takes the file. `onOpened(source)` gets the name of the source that the file has become, and
  // `onProblem(text)` the reason why it has not, or "". `offline()` is the reason where the server does not answer.
  constructor(root, address, { onOpened, onProblem, offline }) {
    Object.assign(this, { root, address, onOpened, onProblem, offline });
  }

  start() {
    const { root } = this;
    root.addEventListener("change", ({ target }) => {
      if (target === this.control) this.chosen();
    });
    takeDroppedFiles({
      isWanted: () => root.offsetParent !== null && this.control !== null,
      onOver: (isOver) => root.classList.toggle("dropping", isOver),
      onFile: (file) => this.open(file),
      onRefused: () => this.onProblem(this.control.dataset.several),
    });
  }

  // The control that chooses a file, and has the texts for it; a visitor has none.
  get control() {
    return this.root.querySelector("[data-opener]");
  }

  chosen() {
    const [file] = this.control.files;
    if (file) this.open(file);
    // Choosing the same file again is a change, too.
    this.control.value = "";
  }

  async open(file) {
    const texts = { ...this.control.dataset, offline: this.offline() };
    const place = this.root.querySelector('[data-part="upload"]');
    const bar = place.querySelector("progress");
    place.querySelector("span").textContent = texts.sending.replace("{name}", file.name);
    bar.value = 0;
    place.hidden = false;
    this.onProblem("");
    try {
      await this.onOpened(await upload(file, this.address, (share) => (bar.value = share), texts));
    } catch (error) {
      this.onProblem(error.message);
    } finally {
      place.hidden = true;
    }
  }
}
