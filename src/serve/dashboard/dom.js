// Making elements.

export const $ = (selector) => document.querySelector(selector);

/** make("li", {className: "key"}, "text", another) */
export function make(tag, properties = {}, ...children) {
  const {dataset, attributes, ...rest} = properties;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, dataset);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Sets a text only where it is another: a screen reader repeats what is set. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let saying = 0;
/** A line at the top for what went wrong; it goes by itself. */
export function complain(error) {
  const notice = $("#notice");
  notice.textContent = error.message ?? String(error);
  notice.hidden = false;
  clearTimeout(saying);
  saying = setTimeout(() => { notice.hidden = true; }, 8000);
}
