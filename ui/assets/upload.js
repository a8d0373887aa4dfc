// Send a file to the server, and return the name of its source; `onProgress(share)` is told how much of it was sent.
// `texts` has the error messages `tooLarge`, `unreadable` and `offline`, and `maxBytes`, the size of the largest file.
export async function upload(file, address, onProgress, texts) {
  // The server would close the connection in the middle, of which the browser tells no reason.
  if (file.size > Number(texts.maxBytes)) throw new Error(texts.tooLarge);
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error(texts.unreadable.replace("{name}", file.name));
  }
  return send(file, `${address}?${new URLSearchParams({ name: file.name })}`, onProgress, texts.offline);
}

function send(file, address, onProgress, offline) {
  return new Promise((done, failed) => {
    // fetch() does not report the progress of an upload.
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status === 200) done(JSON.parse(request.responseText).source);
      else failed(new Error(request.responseText));
    });
    request.addEventListener("error", () => failed(new Error(offline)));
    request.open("POST", address);
    request.send(file);
  });
}
