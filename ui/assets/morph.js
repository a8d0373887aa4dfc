// Make an element's content what the markup says, touching only what differs: focus, scrolling and what was
// opened stay.
export function morph(element, markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  sync(element, template.content);
}

function sync(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, place) => {
    const known = before[place];
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

function idOf(node) {
  return node.getAttribute?.("id"); // the `id` of a form with a field of that name is the field
}

function syncAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name); // <details open> is the reader's
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
