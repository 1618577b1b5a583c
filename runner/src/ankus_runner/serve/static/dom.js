// Elements without markup: every text becomes a text node, so that no text of a model or of a tool is ever HTML.

export const find = (id) => document.getElementById(id);

/** An element; attributes that begin with "on" are listeners, and children that are null or false are left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A link that opens beside the page; anything but http and https stays a text. */
export function link(address, text) {
  if (!/^https?:\/\//i.test(address)) return element("span", { class: "address" }, text);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** A button that copies a text and says that it did. */
export function copyButton(text, labels) {
  const button = element("button", { type: "button", class: "plain small" }, labels.copy);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = labels.copied;
    setTimeout(() => (button.textContent = labels.copy), 1500);
  });
  return button;
}
