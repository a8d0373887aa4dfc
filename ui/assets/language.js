// Before Gradio looks which language the browser speaks: the one that was chosen on the page counts for more.
const chosen = document.cookie.match(/(?:^|; )lang=(en|zh)(?:;|$)/)?.[1];
if (chosen) {
  const language = chosen === "zh" ? "zh-CN" : chosen; // Gradio has texts for "zh-CN", and takes "zh" for English
  Object.defineProperty(navigator, "language", { get: () => language });
  Object.defineProperty(navigator, "languages", { get: () => [language] });
}
document.documentElement.lang = navigator.language;
