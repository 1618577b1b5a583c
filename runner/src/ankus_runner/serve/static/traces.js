// Traces: the runs of the caller, and of one run what happened when, what went in, what came out, what it cost.

import * as api from "./api.js";
import { element } from "./dom.js";
import { callView } from "./steps.js";
import { drawn } from "./tables.js";
import { moment, number, t } from "./texts.js";

const SILENT = ["step", "decision", "approval"];

/** The list of runs. */
export async function showTraces(place) {
  place.replaceChildren(element("p", { class: "quiet" }, t("loading")));
  const { data, kept } = await api.traces();
  if (!data.length) {
    place.replaceChildren(element("p", { class: "quiet" }, t(kept ? "no_traces" : "traces_off")));
    return;
  }
  const heads = ["asked_at", "question", "profile", "status", "steps", "tokens", "cost", "seconds"];
  place.replaceChildren(element("h2", {}, t("traces")),
    element("div", { class: "table-scroll" }, element("table", { class: "runs" },
      element("thead", {}, element("tr", {}, heads.map((name) => element("th", { scope: "col", class: heads.indexOf(name) > 3 && "right" }, t(name))))),
      element("tbody", {}, data.map(row)))));
}

function row(run) {
  const numbers = [number(run.steps), number(tokens(run)), cost(run.cost), number(run.seconds, 1)];
  return element("tr", {},
    element("td", { class: "nowrap" }, element("a", { href: `#trace=${run.id}` }, moment(run.started_at))),
    element("td", { class: "question" }, run.question ?? ""),
    element("td", {}, run.profile),
    element("td", {}, status(run.status)),
    numbers.map((each) => element("td", { class: "right" }, each)));
}

const tokens = (run) => (run.prompt_tokens ?? 0) - (run.cached_tokens ?? 0) + (run.completion_tokens ?? 0);
const cost = (value) => (value === null || value === undefined ? "–" : number(value, 6));
const status = (name) => element("span", { class: `state ${name}` }, t(`status_${name}`));

/** One run. */
export async function showTrace(place, id) {
  place.replaceChildren(element("p", { class: "quiet" }, t("loading")));
  const { run, spans } = await api.trace(id);
  const detail = element("section", { class: "span-detail", "aria-live": "polite" });
  const bars = spans.filter((span) => span.kind !== "run").map((span) => bar(span, run, detail));
  place.replaceChildren(
    element("p", {}, element("a", { href: "#traces" }, `← ${t("back")}`)),
    element("h2", {}, run.question ?? run.id),
    facts(run),
    element("h3", {}, t("timeline")), element("p", { class: "quiet" }, t("timeline_help")),
    element("ol", { class: "timeline" }, bars), detail);
}

function facts(run) {
  const shown = [
    [t("asked_at"), moment(run.started_at)], [t("profile"), run.profile], [t("status"), status(run.status)],
    [t("seconds"), number(run.seconds, 2)], [t("steps"), number(run.steps)],
    [t("tokens"), usage(run)], [t("cost"), cost(run.cost)],
  ];
  const error = run.error && element("p", { class: "wrong" }, run.error);
  return [element("dl", { class: "facts" }, shown.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))), error]
    .filter(Boolean).reduce((all, each) => (all.append(each), all), element("div"));
}

function usage({ prompt_tokens: prompt, cached_tokens: cached, completion_tokens: completion }) {
  return `${number(prompt)} ${t("read")} (${number(cached)} ${t("cached")}), ${number(completion)} ${t("written")}`;
}

/** A span as a button on the line of time; chosen, it shows what went in and out. */
function bar(span, run, detail) {
  const whole = Math.max(run.seconds ?? 0, ...[span.offset + span.seconds], 0.001);
  const track = element("span", { class: `bar kind-${span.kind} ${span.status}` });
  track.style.marginInlineStart = `${Math.min(100 * span.offset / whole, 99)}%`;
  track.style.width = `${Math.max(100 * span.seconds / whole, 0.6)}%`;
  const button = element("button", { type: "button", class: "span", "aria-expanded": "false" },
    element("span", { class: "name" }, span.tool || span.name),
    element("span", { class: "lane", "aria-hidden": "true" }, track),
    element("span", { class: "took" }, `${number(span.seconds, 3)} ${t("s")}`));
  button.style.setProperty("--depth", span.depth);
  button.addEventListener("click", () => {
    for (const other of button.closest("ol").querySelectorAll("button")) other.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-expanded", "true");
    detail.replaceChildren(...described(span));
    detail.scrollIntoView({ block: "nearest" });
  });
  return element("li", {}, button);
}

function described(span) {
  const known = [
    span.model, span.prompt_tokens !== null && span.kind === "model" && usage(span),
    span.first_token_seconds && t("first_token", { seconds: number(span.first_token_seconds, 2) }),
    span.cost !== null && span.cost !== undefined && `${t("cost")}: ${cost(span.cost)}`,
  ].filter(Boolean);
  return [
    element("h3", {}, span.tool || span.name, " ", span.status === "error" && element("span", { class: "state error" }, t("failed"))),
    element("p", { class: "quiet" }, known.join(" · ")),
    span.error && element("p", { class: "wrong" }, span.error),
    span.reason && element("p", {}, span.reason),
    ...(SILENT.includes(span.kind) ? [] : [
      element("h4", {}, t("input")), ...payload(span.input, span),
      element("h4", {}, t("output")), ...payload(span.output, span),
    ]),
  ].filter(Boolean);
}

function payload(value, span) {
  if (value === null || value === undefined) return [element("p", { class: "quiet" }, t("nothing_kept"))];
  if (typeof value === "string") return drawn(value);
  if (Array.isArray(value.messages)) {
    const before = value.kept ? [element("p", { class: "quiet" }, t("kept_messages", { count: value.kept }))] : [];
    return [...before, ...value.messages.map(message)];
  }
  if (typeof value.text === "string") return drawn(value.text);
  if (span.kind === "tool" && !Array.isArray(value)) return [callView(span.tool, value)];
  return [element("pre", { class: "code", tabindex: "0" }, JSON.stringify(value, null, 2))];
}

/** One message of a prompt. */
function message({ role, content }) {
  return element("details", { class: "message", open: role !== "system" }, element("summary", {}, element("code", {}, role)),
    element("pre", { class: "plain-text", tabindex: "0" }, content));
}
