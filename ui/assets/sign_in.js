// The operator signs in, in a dialog over the page, and out. The server keeps who it is in a cookie that no script reads.
export class SignIn {
  // `base` is the address of the app's page, `reload` shows the page anew.
  constructor(base, reload) {
    this.base = base;
    this.reload = reload;
  }

  // Open a copy of the dialog that stands beside the button: the header is replaced while the model is loading.
  open(button) {
    const dialog = button.parentNode.querySelector("dialog").cloneNode(true);
    document.querySelector(".gradio-container .contain").append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || target.closest("[data-close]")) dialog.close();
    });
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      return this.send(dialog);
    });
    dialog.showModal();
  }

  async send(dialog) {
    const field = dialog.querySelector("input");
    const refusal = dialog.querySelector("[role=alert]");
    const answer = await this.post("sign-in", { password: field.value });
    if (answer?.ok) {
      this.reload();
      return;
    }
    refusal.textContent = answer ? await answer.text() : refusal.dataset.unreachable;
    field.select();
  }

  async signOut() {
    const answer = await this.post("sign-out", {});
    if (answer?.ok) this.reload();
  }

  // Return the server's answer; null if there is none.
  async post(path, body) {
    try {
      const headers = { "content-type": "application/json" };
      return await fetch(this.base + path, { method: "POST", headers, body: JSON.stringify(body) });
    } catch {
      return null;
    }
  }
}

// Show the header's control of a role, "visitor" or "operator", and hide that of the other; say it if a sign-in ended.
export function showRole(page, role) {
  const controls = [...page.querySelectorAll("#head [data-of]")];
  if (controls.every(({ hidden, dataset }) => hidden === (dataset.of !== role))) return;
  for (const control of controls) control.hidden = control.dataset.of !== role;
  const status = page.querySelector("#head [data-ended]");
  status.textContent = role === "visitor" ? status.dataset.ended : "";
}
