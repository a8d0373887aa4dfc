import { showTimes } from "./zone.js";

// Make the content of an element equal to some markup, with times in the reader's zone, and change only the nodes that differ.
// The focus, the scroll position and the details that a reader opened are kept.
export function morph(element, markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  showTimes(template.content);
  sync(element, template.content);
}

// Make the child nodes of `old` equal to those of `fresh`; nodes of `fresh` may move into `old`.
export function sync(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, index) => {
    const known = before[index];
    if (!known) old.append(node);
    else if (known.nodeName !== node.nodeName || idOf(known) !== idOf(node)) known.replaceWith(node);
    else if (node.nodeType !== Node.ELEMENT_NODE) known.nodeValue = node.nodeValue;
    else if (!known.isEqualNode(node)) {
      syncAttributes(known, node);
      sync(known, node);
    }
  });
  for (const node of before.slice(after.length)) node.remove();
}

// The property `id` of a form is its field with that name, if it has one. The attribute is always the id.
function idOf(node) {
  return node.getAttribute?.("id");
}

function syncAttributes(old, fresh) {
  for (const { name } of Array.from(old.attributes)) {
    // The reader opens and closes <details>, not the server.
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
