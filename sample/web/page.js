// What every part of the page uses.

/** How tokens travel, "header" or "cookie": the server has written it into the page. */
export const mode = document.documentElement.dataset.mode;

/** A new element. Children are nodes or text; nothing is read as HTML. */
export function element(tag, properties = {}, ...children) {
  const { dataset = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}
