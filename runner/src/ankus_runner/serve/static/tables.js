// Rows in a tool's text, as Markdown or as JSON lines, drawn as tables.

import { copyButton, element } from "./dom.js";
import { number, t } from "./texts.js";

const RULE = /^\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const NUMBER = /^-?\d[\d,]*(\.\d+)?([eE][+-]?\d+)?$/;
const SHOWN = 100;
const NULL = Symbol("NULL");

/** The cells of a Markdown line; a bar behind a backslash is none. */
function cells(line) {
  const bare = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return bare.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** A value as the servers write them: NULL, quoted where it could be taken for another. */
function value(cell) {
  if (cell === "NULL") return NULL;
  if (cell === "''" || cell === "'NULL'") return cell.slice(1, -1);
  if (cell.length > 1 && cell.startsWith('"') && cell.endsWith('"')) {
    try { return String(JSON.parse(cell)); } catch { return cell; }
  }
  return cell;
}

/** The table that begins at a line, and how many lines it takes; null where none does. */
function markdownAt(lines, start) {
  const head = lines[start];
  const rule = lines[start + 1];
  if (!head?.trim() || rule === undefined || !RULE.test(rule)) return null;
  const names = cells(head);
  if (cells(rule).length !== names.length) return null;
  const rows = [];
  let next = start + 2;
  for (; next < lines.length && lines[next].trim(); next += 1) {
    const row = cells(lines[next]);
    if (row.length !== names.length) break;
    rows.push(row.map(value));
  }
  return { names, rows, taken: next - start };
}

function object(line) {
  if (!line?.startsWith("{")) return null;
  try {
    const parsed = JSON.parse(line);
    return Object.keys(parsed).length ? parsed : null;
  } catch { return null; }
}

function jsonAt(lines, start) {
  const first = object(lines[start]);
  if (!first) return null;
  const names = Object.keys(first);
  const rows = [];
  let next = start;
  for (; next < lines.length; next += 1) {
    const row = object(lines[next]);
    if (!row || Object.keys(row).join("\n") !== names.join("\n")) break;
    rows.push(names.map((name) => jsonValue(row[name])));
  }
  return { names, rows, taken: next - start };
}

function jsonValue(found) {
  if (found === null) return NULL;
  return typeof found === "object" ? JSON.stringify(found) : String(found);
}

/** A tool's text as elements: tables where rows stand in it, and the rest as it is. */
export function drawn(text) {
  const lines = text.split("\n");
  const found = [];
  let plain = [];
  const settle = () => {
    const rest = plain.join("\n").trim();
    if (rest) found.push(element("pre", { class: "plain-text", tabindex: "0" }, rest));
    plain = [];
  };
  for (let at = 0; at < lines.length;) {
    const rows = markdownAt(lines, at) ?? jsonAt(lines, at);
    if (rows) {
      settle();
      found.push(table(rows));
      at += rows.taken;
    } else {
      plain.push(lines[at]);
      at += 1;
    }
  }
  settle();
  return found;
}

export const hasTable = (text) => {
  const lines = text.split("\n");
  return lines.some((_, at) => markdownAt(lines, at) ?? jsonAt(lines, at));
};

/** One table, within a frame that scrolls by itself. */
export function table({ names, rows }) {
  const right = names.map((_, column) => rows.length > 0 && rows.every((row) => row[column] === NULL || NUMBER.test(row[column])));
  const body = element("tbody", {}, rows.slice(0, SHOWN).map((row) => line(row, right)));
  const made = element("table", {},
    element("thead", {}, element("tr", {}, names.map((name, column) => element("th", { scope: "col", class: right[column] && "right" }, name)))),
    body);
  const foot = element("div", { class: "table-foot" }, element("span", {}, t("rows", { count: number(rows.length) })));
  if (rows.length > SHOWN) {
    const more = element("button", { type: "button", class: "plain small" }, t("show_all", { count: number(rows.length) }));
    more.addEventListener("click", () => {
      body.append(...rows.slice(SHOWN).map((row) => line(row, right)));
      more.remove();
    });
    foot.append(more);
  }
  foot.append(copyButton(tsv(names, rows), { copy: t("copy"), copied: t("copied") }));
  return element("div", { class: "table" }, element("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": t("result") }, made), foot);
}

function line(row, right) {
  return element("tr", {}, row.map((cell, column) => element("td", { class: right[column] && "right" },
    cell === NULL ? element("span", { class: "null" }, "NULL") : cell)));
}

function tsv(names, rows) {
  const cell = (each) => (each === NULL ? "\\N" : each.replace(/[\\\t\n]/g, (c) => ({ "\\": "\\\\", "\t": "\\t", "\n": "\\n" })[c]));
  return [names, ...rows].map((row) => row.map(cell).join("\t")).join("\n");
}
