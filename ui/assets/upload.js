// Send a file to the server, and report the progress. `offline` is the error message if the server does not answer.
export function upload(file, address, onProgress, offline) {
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
