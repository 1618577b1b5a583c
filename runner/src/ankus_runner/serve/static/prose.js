// An answer as a person reads it: a small part of Markdown, as elements. What is not known stays as it is written.

import { element, link } from "./dom.js";
import { drawn } from "./tables.js";

const INLINE = /(`[^`\n]+`)|(\*\*[^*\n]+\*\*)|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"'`)\]]+[^\s<>"'`)\].,;:!?])|(\[\d{1,4}(?:\s?[,;–-]\s?\d{1,4})*\])|((?:[\w.+-]+\/)*[\w.+-]+\.[A-Za-z]\w*:\d+(?:[-–]\d+)?)/g;

/** A text's paragraphs, lists, code and tables; `sources` are what its numbers in brackets mean. */
export function prose(text, sources = []) {
  const found = [];
  const fences = text.split(/^```[^\n]*\n?/m);
  fences.forEach((part, index) => {
    if (index % 2) found.push(element("pre", { class: "code", tabindex: "0" }, part.replace(/\n$/, "")));
    else found.push(...blocks(part, sources));
  });
  return found;
}

function blocks(text, sources) {
  return text.split(/\n{2,}/).filter((block) => block.trim()).flatMap((block) => {
    const lines = block.trim().split("\n");
    if (/^\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$/.test(lines[1] ?? "")) return drawn(block.trim());
    if (lines.every((line) => /^\s*[-*•]\s+/.test(line))) return list("ul", lines, /^\s*[-*•]\s+/, sources);
    if (lines.every((line) => /^\s*\d+[.)]\s+/.test(line))) return list("ol", lines, /^\s*\d+[.)]\s+/, sources);
    const heading = lines.length === 1 && lines[0].match(/^#{1,4}\s+(.*)$/);
    if (heading) return element("h3", {}, inline(heading[1], sources));
    return element("p", {}, lines.flatMap((line, at) => (at ? [element("br"), ...inline(line, sources)] : inline(line, sources))));
  });
}

function list(tag, lines, mark, sources) {
  return element(tag, {}, lines.map((line) => element("li", {}, inline(line.replace(mark, ""), sources))));
}

function inline(text, sources) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    found.push(text.slice(at, match.index));
    found.push(...piece(match, sources));
    at = match.index + match[0].length;
  }
  found.push(text.slice(at));
  return found.filter((each) => each !== "");
}

function piece([whole, code, bold, name, address, bare, cited, place], sources) {
  if (code) return [element("code", {}, code.slice(1, -1))];
  if (bold) return [element("strong", {}, bold.slice(2, -2))];
  if (address) return [link(address, name)];
  if (bare) return [link(bare, bare)];
  if (place) return [element("code", { class: "place" }, place)];
  if (cited) return citation(cited, sources);
  return [whole];
}

function citation(text, sources) {
  return text.split(/(\d+)/).map((part) => {
    const source = /^\d+$/.test(part) && sources.find((each) => each.number === Number(part));
    return source ? link(source.url, part) : part;
  });
}

/** The list of what an answer cites. */
export function sourceList(sources, title) {
  if (!sources.length) return null;
  return element("div", { class: "sources" }, element("h3", {}, title),
    element("ol", {}, sources.map((source) => element("li", { value: source.number }, link(source.url, source.url)))));
}
