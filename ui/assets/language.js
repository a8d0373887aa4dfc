// Before Gradio looks which language the browser speaks: the one that was chosen on the page counts for more.
const chosen = document.cookie.match(/(?:^|; )lang=(en|zh)(?:;|$)/)?.[1];
if (chosen) {
  Object.defineProperty(navigator, "language", { get: () => chosen });
  Object.defineProperty(navigator, "languages", { get: () => [chosen] });
}
document.documentElement.lang = navigator.language;
