// A message that the server would not even read is refused here, with the reason, and stays in its box.

// The server reads 64 KiB of a request, and needs some of them for what stands around the message.
const MAX_BYTES = 60_000;
const BOX = "#message textarea";

export class MessageLimit {
  /** Watch the box from now on; what Gradio does with keys and clicks comes afterwards. */
  start() {
    const first = { capture: true };
    document.addEventListener("keydown", (event) => isSending(event) && this.#check(event), first);
    document.addEventListener("click", (event) => isButton(event.target) && this.#check(event), first);
    document.addEventListener("input", (event) => event.target.matches(BOX) && this.#hide(), first);
  }

  #check(event) {
    const text = document.querySelector(BOX).value;
    this.#hide();
    if (!isTooLarge(text)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#show(text);
  }

  #show(text) {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.id = "message-limit";
    notice.setAttribute("role", "alert");
    const words = document.querySelector("#too-long").textContent.trim();
    notice.textContent = words.replace("{length}", [...text].length);
    document.querySelector("#below").after(notice);
  }

  #hide() {
    document.querySelector("#message-limit")?.remove();
  }
}

function isSending(event) {
  return event.key === "Enter" && !event.shiftKey && event.target.matches(BOX);
}

function isButton(target) {
  return target.closest("#message .submit-button") !== null;
}

/** Tell whether a message is larger than what the server reads. */
export function isTooLarge(text) {
  return text.length > MAX_BYTES || new TextEncoder().encode(JSON.stringify(text)).length > MAX_BYTES;
}
