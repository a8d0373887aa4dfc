// Copy a text to the clipboard, and confirm it on the button that was clicked.
export async function copy(button, text) {
  const name = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = button.dataset.copied;
  } catch {
    // The clipboard needs a secure connection; without one, the reader copies the text by hand.
    window.prompt(name, text);
  }
  setTimeout(() => (button.textContent = name), 1500);
}
