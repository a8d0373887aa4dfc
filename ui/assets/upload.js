// Send a file to the server, and tell how far it is; `offline` is the error where the server does not answer.
export function upload(file, address, onProgress, offline) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch() does not tell how far it is
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onload = () => {
      if (request.status === 200) done(JSON.parse(request.responseText).source);
      else failed(new Error(request.responseText));
    };
    request.onerror = () => failed(new Error(offline));
    request.open("POST", address);
    request.send(file);
  });
}
