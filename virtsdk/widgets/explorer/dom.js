// The page's half of virtsdk.widgets.explorer, put together from the .js files of this folder. It shows what the kernel
// says and asks for what a person wants: it never writes the kernel's state. Text always goes through textContent, so
// a name cannot become markup.

// JupyterLab's single-key shortcuts ("d d" deletes a cell) stay out of what can have the focus here. It looks for
// the mark on the focused element itself.
const KEYS_ARE_OURS = "data-lm-suppress-shortcuts";

/** @param {string} tag @param {Record<string, any>} attributes @param {...(Node|string)} children */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  const focusable = ["button", "input", "tr", "summary", "pre"].includes(tag) || attributes.tabindex !== undefined;
  if (focusable) node.setAttribute(KEYS_ARE_OURS, "true");
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** @param {Node} node @param {string} text */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} node @param {string} name @param {string} value */
function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// One frame a burst: however many messages arrive, the page is laid out once.
/** @param {() => void} work */
function coalesced(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
}

let ids = 0;
function newId() {
  ids += 1;
  return `vx-${ids}-${Math.random().toString(36).slice(2)}`;
}
