// Shared by all parts of the page.

/** How tokens travel, "header" or "cookie". The server writes it into the page. */
export const mode = document.documentElement.dataset.mode;

/** Creates an element. Children are nodes or text, never HTML. */
export function element(tag, properties = {}, ...children) {
  const { dataset = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}
