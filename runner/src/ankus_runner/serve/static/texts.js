// The words of the page, in one file a language; the browser's language unless another was chosen.

const LANGUAGES = ["en", "ru"];
let words = {};
let chosen = "en";

export const language = () => chosen;

/** The text under a key, with what stands in braces filled in. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(chosen, { maximumFractionDigits: digits }).format(value ?? 0);

export const moment = (text) =>
  new Intl.DateTimeFormat(chosen, { dateStyle: "short", timeStyle: "medium" }).format(new Date(text));

function wanted() {
  const kept = localStorage.getItem("ankus-language");
  const named = [kept, ...navigator.languages].filter(Boolean).map((each) => each.slice(0, 2).toLowerCase());
  return named.find((each) => LANGUAGES.includes(each)) ?? "en";
}

/** Load the words and write them into what is marked with data-text, data-label and data-placeholder. */
export async function speak(name = wanted()) {
  const answer = await fetch(`page/${name}.json`);
  words = await answer.json();
  chosen = name;
  document.documentElement.lang = name;
  for (const marked of document.querySelectorAll("[data-text]")) marked.textContent = t(marked.dataset.text);
  for (const marked of document.querySelectorAll("[data-label]")) {
    marked.setAttribute("aria-label", t(marked.dataset.label));
    if (marked.tagName === "BUTTON") marked.title = t(marked.dataset.label);
  }
  for (const marked of document.querySelectorAll("[data-placeholder]")) {
    marked.placeholder = t(marked.dataset.placeholder);
  }
  document.getElementById("language").textContent = t("other_language_short");
}

/** Go on in the other language, and remember it. */
export async function speakOther() {
  const other = chosen === "en" ? "ru" : "en";
  localStorage.setItem("ankus-language", other);
  await speak(other);
}
