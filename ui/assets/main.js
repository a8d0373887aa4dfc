// Start the dashboard once its tab exists, and handle the links outside of it.
import * as address from "./address.js";
import { Banner } from "./banner.js";
import { chooseLanguage } from "./choose_language.js";
import { copy } from "./copy.js";
import { Dashboard } from "./dashboard.js";
import { MessageLimit } from "./message_limit.js";
import { RequestPanel } from "./request.js";
import { SignIn } from "./sign_in.js";

// The address of .../dashboard/, two folders above this script.
const base = new URL("../../", import.meta.url).href;
const page = new URL("../", base);
const signIn = new SignIn(page.href, () => location.reload());
let panel = null;
let dashboard = null;

function start() {
  const tabs = document.querySelectorAll(".gradio-container [role=tab]");
  if (!panel && tabs.length > 1) startPanel(tabs);
  const root = document.querySelector("#dashboard [data-plotly]");
  if (panel && root && dashboard?.root !== root) dashboard = new Dashboard(root, base, panel);
  dashboard?.offerSignIn();
}

function startPanel(tabs) {
  panel = new RequestPanel(base);
  const banner = new Banner(base, tabs[0].closest(".tabs") ?? tabs[0]);
  banner.start();
  if (address.isDashboard()) tabs[1].click();
  if (address.get("request")) panel.reload();
  tabs.forEach((tab, index) => tab.addEventListener("click", () => address.set({ tab: index ? "dashboard" : "" })));
}

document.addEventListener("click", (event) => {
  const target = event.target.closest(
    "[data-request], [data-copy-link], [data-language], [data-theme], [data-sign-in], [data-sign-out]",
  );
  if (!target) return;
  event.preventDefault();
  const { request, language } = target.dataset;
  if (request) panel.open(request);
  else if ("copyLink" in target.dataset) copy(target, location.href);
  else if ("signIn" in target.dataset) signIn.open(target);
  else if ("signOut" in target.dataset) signIn.signOut();
  else if (language) {
    chooseLanguage(language, page.pathname);
    location.reload();
  } else address.set({ __theme: document.body.classList.toggle("dark") ? "dark" : "light" });
});

new MessageLimit().start();
new MutationObserver(start).observe(document.body, { childList: true, subtree: true });
start();
