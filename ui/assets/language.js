// Gradio reads the browser's language. This script runs before Gradio does, and replaces the browser's language with
// the one that was chosen on the page.
const chosen = document.cookie.match(/(?:^|; )lang=(en|zh)(?:;|$)/)?.[1];
if (chosen) {
  // Gradio has texts for "zh-CN"; it treats "zh" as English.
  const language = chosen === "zh" ? "zh-CN" : chosen;
  Object.defineProperty(navigator, "language", { get: () => language });
  Object.defineProperty(navigator, "languages", { get: () => [language] });
}
document.documentElement.lang = navigator.language;
