// Files that are sent to the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { upload } from "../../../ui/assets/upload.js";

const TEXTS = { maxBytes: "10", tooLarge: "too large", unreadable: "cannot read {name}", offline: "no answer" };

// Return a file of so many bytes, which the browser can read or not.
function fileOf(size, { isReadable = true } = {}) {
  const arrayBuffer = async () => {
    if (!isReadable) throw new Error("NotReadableError");
  };
  return { name: "app.log", size, slice: () => ({ arrayBuffer }) };
}

// Let the server answer each request in this way, and return the list of files that it got.
function serve(answer) {
  const got = [];
  globalThis.XMLHttpRequest = class extends EventTarget {
    upload = new EventTarget();
    open(method, address) {
      this.address = `${method} ${address}`;
    }
    send(file) {
      got.push([this.address, file.name]);
      this.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded: 1, total: 4 }));
      Object.assign(this, answer);
      this.dispatchEvent(new Event(answer ? "load" : "error"));
    }
  };
  return got;
}

test("A file that was sent has become a source, and its way was told.", async () => {
  const got = serve({ status: 200, responseText: '{"source": "upload:1"}' });
  const shares = [];
  const source = await upload(fileOf(10), "/upload", (share) => shares.push(share), TEXTS);
  assert.equal(source, "upload:1");
  assert.deepEqual(got, [["POST /upload?name=app.log", "app.log"]]);
  assert.deepEqual(shares, [0.25]);
});

for (const [what, file, reason] of [
  ["is too large", fileOf(11), "too large"],
  ["cannot be read", fileOf(5, { isReadable: false }), "cannot read app.log"],
]) {
  test(`A file that ${what} is not sent, and the reason is told.`, async () => {
    const got = serve({ status: 200, responseText: "{}" });
    await assert.rejects(
      upload(file, "/upload", () => {}, TEXTS),
      { message: reason },
    );
    assert.deepEqual(got, []);
  });
}

for (const [what, answer, reason] of [
  ["refuses", { status: 429, responseText: "too many" }, "too many"],
  ["does not answer", null, "no answer"],
]) {
  test(`A server that ${what} is the reason why a file was not opened.`, async () => {
    serve(answer);
    await assert.rejects(
      upload(fileOf(5), "/upload", () => {}, TEXTS),
      { message: reason },
    );
  });
}
