// Take the files that a reader drops onto the page. `isWanted()` tells whether files are taken now, `onOver(isOver)` is
// told when files come over the page and leave it, `onFile(file)` gets a dropped file, and `onRefused()` is called when
// somebody drops several files, or a folder.
export function takeDroppedFiles({ isWanted, onOver, onFile, onRefused }) {
  const isTaken = ({ dataTransfer }) => isWanted() && dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!isTaken(event)) return;
    // Without this, the browser would leave the page and show the file.
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    onOver(true);
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    // Between two elements of the page, the one that is entered is told.
    if (!relatedTarget) onOver(false);
  });
  document.addEventListener("drop", (event) => {
    onOver(false);
    if (!isTaken(event)) return;
    event.preventDefault();
    const { files, items } = event.dataTransfer;
    const isFolder = items[0]?.webkitGetAsEntry?.()?.isDirectory;
    if (files.length === 1 && !isFolder) onFile(files[0]);
    else onRefused();
  });
}
