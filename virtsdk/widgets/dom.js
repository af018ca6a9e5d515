// Elements of the page. Text always goes through textContent, so a name cannot become markup.

// JupyterLab's single-key shortcuts ("d d" deletes a cell) stay out of what can have the focus here. It looks for
// the mark on the focused element itself.
export const KEYS_ARE_OURS = "data-lm-suppress-shortcuts";

const FOCUSED = ["button", "input", "tr", "summary", "pre", "select"];

/**
 * Make an element. An attribute of null is left out; one of the name of an event ("onclick") listens to it.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (FOCUSED.includes(tag) || attributes.tabindex !== undefined) node.setAttribute(KEYS_ARE_OURS, "true");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(key, String(value));
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

/**
 * A button that is off says why, and can still be found by keyboard.
 * @param {HTMLElement} button
 * @param {string} reason empty: it is on
 * @param {string} hint what it does, where it is on
 */
export function enable(button, reason, hint = "") {
  setAttribute(button, "aria-disabled", String(Boolean(reason)));
  if (button.title !== (reason || hint)) button.title = reason || hint;
}

/** Once a frame: however many messages arrive, the page is laid out once. @param {() => void} work */
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

let ids = 0;

/** An id that no other element of the page has. */
export function newId() {
  ids += 1;
  return `vx-${ids}-${Math.random().toString(36).slice(2)}`;
}
