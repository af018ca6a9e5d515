// Elements of the page. Text always goes through textContent, so a name cannot become markup.

// JupyterLab's single-key shortcuts ("d d" deletes a cell) stay out of what can have the focus here. It looks for
// the mark on the focused element itself.
const KEYS_ARE_OURS = "data-lm-suppress-shortcuts";
const FOCUSED = ["button", "input", "summary", "select"];

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} attributes @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (FOCUSED.includes(tag) || "tabindex" in attributes) node.setAttribute(KEYS_ARE_OURS, "true");
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} node @param {string} name @param {string} value */
export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** A button that is off says why, and can still be found by keyboard. @param {Element} button @param {string} reason empty: it is on */
export function enable(button, reason) {
  setAttribute(button, "aria-disabled", String(Boolean(reason)));
  if (reason) setAttribute(button, "title", reason);
  else button.removeAttribute("title");
}

/** Once a frame, however often it is called. @param {() => void} work */
export function coalesced(work) {
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
