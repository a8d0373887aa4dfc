// The few parts of a browser's DOM that the tested modules use. `writes` counts the changes of nodes.
export let writes = 0;

class SmallNode extends EventTarget {
  constructor(nodeName, nodeType) {
    super();
    this.nodeName = nodeName;
    this.nodeType = nodeType;
    this.childNodes = [];
    this.parent = null;
  }

  append(...nodes) {
    writes += 1;
    for (const node of nodes) {
      node.parent?.detach(node);
      node.parent = this;
      this.childNodes.push(node);
    }
  }

  detach(node) {
    this.childNodes.splice(this.childNodes.indexOf(node), 1);
  }

  replaceWith(node) {
    writes += 1;
    node.parent?.detach(node);
    node.parent = this.parent;
    this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 1, node);
  }

  remove() {
    writes += 1;
    this.parent.detach(this);
  }

  isEqualNode(other) {
    return `${this}` === `${other}`;
  }
}

export class SmallText extends SmallNode {
  constructor(text) {
    super("#text", 3);
    this.text = text;
  }

  get nodeValue() {
    return this.text;
  }

  set nodeValue(text) {
    if (text !== this.text) writes += 1;
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

export class SmallElement extends SmallNode {
  constructor(name, attributes = {}) {
    super(name.toUpperCase(), 1);
    this.values = new Map(Object.entries(attributes));
  }

  get attributes() {
    return [...this.values].map(([name, value]) => ({ name, value }));
  }

  hasAttribute(name) {
    return this.values.has(name);
  }

  getAttribute(name) {
    return this.values.get(name) ?? null;
  }

  setAttribute(name, value) {
    writes += 1;
    this.values.set(name, value);
  }

  removeAttribute(name) {
    writes += 1;
    this.values.delete(name);
  }

  set textContent(text) {
    this.childNodes = [new SmallText(text)];
  }

  // Select by a name, if there is one, and an attribute: "time[datetime]", "[title]".
  querySelectorAll(selector) {
    const [, name, attribute] = selector.match(/^(\w*)\[([\w-]+)\]$/);
    const elements = this.childNodes.filter((node) => node instanceof SmallElement);
    const fits = (node) => node.hasAttribute(attribute) && (!name || node.nodeName === name.toUpperCase());
    return elements.flatMap((node) => (fits(node) ? [node] : []).concat(node.querySelectorAll(selector)));
  }

  toString() {
    const attributes = this.attributes.map(({ name, value }) => ` ${name}="${value}"`);
    return `<${this.nodeName}${attributes.join("")}>${this.childNodes.join("")}</${this.nodeName}>`;
  }
}

// Build an element: build("p", { class: "x" }, "text", build("b")).
export function build(name, attributes = {}, ...children) {
  const element = new SmallElement(name, attributes);
  element.append(...children.map((child) => (typeof child === "string" ? new SmallText(child) : child)));
  return element;
}

globalThis.Node = { ELEMENT_NODE: 1 };

// Set the address of the page, and return the list of the addresses that the page goes to from now on.
export function openPage(search) {
  const steps = [];
  const go = (how) => (state, title, address) => {
    steps.push([how, address]);
    location.search = new URL(address, "http://localhost").search;
  };
  globalThis.location = { pathname: "/app", hash: "#top", search };
  globalThis.history = { pushState: go("push"), replaceState: go("replace") };
  return steps;
}
