// Copy a text, and say so on the button that was clicked.
export async function copy(button, text) {
  const name = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = button.dataset.copied;
  } catch {
    window.prompt(name, text); // without a secure connection a page may not copy
  }
  setTimeout(() => (button.textContent = name), 1500);
}
