// The panel of one request.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { RequestPanel } from "../../../ui/assets/request.js";
import { build, openPage, SmallElement } from "./small_dom.js";

class Dialog extends SmallElement {
  open = false;

  showModal() {
    this.open = true;
  }

  close() {
    this.open = false;
    this.dispatchEvent(new Event("close"));
  }

  set textContent(text) {
    this.childNodes = [text];
  }
}

// The markup of the server's answer is one text node here: parsing is tested in a real browser.
class Template {
  set innerHTML(markup) {
    this.content = build("div", {}, markup);
  }
}

// A response whose text the panel shows as markup.
function html(text, status = 200) {
  return new Response(text, { status, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

let asked, answer, delays;

beforeEach(() => {
  asked = [];
  delays = [];
  answer = () => html("its records");
  globalThis.window = new EventTarget();
  globalThis.document = {
    hidden: false,
    createElement: (name) => (name === "dialog" ? new Dialog(name) : new Template()),
    querySelector: () => build("div"),
  };
  globalThis.fetch = async (address) => {
    asked.push(address);
    return answer();
  };
  globalThis.setTimeout = (call, ms) => delays.push(ms);
  globalThis.clearTimeout = () => {};
});

test("Opening a request puts it into the address, asks the server for it, and shows the answer.", async () => {
  openPage("?source=file:a");
  const panel = new RequestPanel("http://localhost/dashboard/");
  await panel.open("r 1");
  assert.equal(location.search, "?source=file%3Aa&request=r+1");
  assert.deepEqual(asked, ["http://localhost/dashboard/request?request=r+1&source=file%3Aa"]);
  assert.ok(panel.dialog.open);
  assert.equal(panel.dialog.childNodes.join(""), "its records");
});

for (const [search, expected] of [
  ["", [2000]],
  ["?refresh=5", [5000]],
  ["?refresh=0", []],
]) {
  test(`With the address "${search}", the delays until the next question are [${expected}] ms.`, async () => {
    openPage(search);
    await new RequestPanel("/").open("r-1");
    assert.deepEqual(delays, expected);
  });
}

test("A hidden page does not ask the server, and neither does an address without a request.", async () => {
  openPage("");
  const panel = new RequestPanel("/");
  await panel.reload();
  document.hidden = true;
  await panel.open("r-1");
  assert.deepEqual(asked, []);
  assert.equal(panel.dialog.open, false);
});

test("If the server does not answer, the panel keeps its content.", async () => {
  openPage("");
  const panel = new RequestPanel("/");
  await panel.open("r-1");
  answer = () => {
    throw new TypeError("no server");
  };
  await panel.reload();
  assert.equal(asked.length, 2);
  assert.equal(panel.dialog.childNodes.join(""), "its records");
});

test("An error of the server is shown as text.", async () => {
  openPage("");
  answer = () => new Response("<b>There is no such request.</b>", { status: 404 });
  const panel = new RequestPanel("/");
  await panel.open("r-1");
  assert.deepEqual(panel.dialog.childNodes, ["<b>There is no such request.</b>"]);
});

test("The reason why a visitor does not see a request is shown as markup.", async () => {
  openPage("");
  answer = () => html("only the operator", 403);
  const panel = new RequestPanel("/");
  await panel.open("r-1");
  assert.equal(panel.dialog.childNodes.join(""), "only the operator");
});

test("An answer is ignored if the panel was closed in the meantime.", async () => {
  openPage("");
  const panel = new RequestPanel("/");
  answer = () => {
    panel.dialog.close();
    return html("too late");
  };
  await panel.open("r-1");
  assert.equal(location.search, "");
  assert.equal(panel.dialog.open, false);
  assert.deepEqual(panel.dialog.childNodes, []);
});

test("A step back in the browser's history closes the panel, or opens the request of that step.", async () => {
  openPage("");
  const panel = new RequestPanel("/");
  await panel.open("r-1");
  location.search = "";
  window.dispatchEvent(new Event("popstate"));
  assert.equal(panel.dialog.open, false);
  location.search = "?request=r-0";
  window.dispatchEvent(new Event("popstate"));
  assert.match(asked.at(-1), /request=r-0/);
});
