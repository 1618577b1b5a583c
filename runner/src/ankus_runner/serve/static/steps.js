// One question and how it is answered: the steps as they come, then the answer with what it rests on.

import { callCard, planCard } from "./approvals.js";
import { element } from "./dom.js";
import { prose, sourceList } from "./prose.js";
import { drawn, hasTable } from "./tables.js";
import { number, t } from "./texts.js";
import { written } from "./written.js";

const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];

/** A call as a person reads it: the tool, and its arguments, of which SQL and other long texts stand by themselves. */
export function callView(tool, args) {
  const long = Object.entries(args).filter(([name, value]) => typeof value === "string" && (name === "sql" || value.length > 60 || value.includes("\n")));
  const short = Object.entries(args).filter((entry) => !long.some(([name]) => name === entry[0]));
  return element("div", { class: "call" },
    element("div", { class: "call-head" },
      element("code", { class: "tool" }, tool),
      short.map(([name, value]) => element("span", { class: "argument" }, `${name}: `, element("code", {}, JSON.stringify(value))))),
    long.map(([, value]) => element("pre", { class: "code", tabindex: "0" }, value)));
}

export function pictures(images) {
  return images.filter((image) => IMAGES.includes(image.media_type)).map((image) =>
    element("figure", {}, element("img", { src: `data:${image.media_type};base64,${image.data}`, alt: t("chart") })));
}

export class RunView {
  /** `say` is given what the agent does now, in one line; `decide` a verdict on a call. */
  constructor(question, { say = () => {}, decide = null, again = null } = {}) {
    this.say = say;
    this.decide = decide;
    this.again = again;
    this.results = [];
    this.approvals = new Map();
    this.steps = element("ol", { class: "steps" });
    this.summary = element("summary", {}, t("working"));
    this.work = element("details", { class: "work", open: true, hidden: true }, this.summary, this.steps);
    this.answer = element("div", { class: "answer" });
    this.root = element("article", { class: "exchange" },
      element("div", { class: "asked" }, element("h2", { class: "unseen" }, t("you")), element("p", {}, question)),
      element("div", { class: "reply" }, element("h2", { class: "unseen" }, t("agent")), this.work, this.answer));
    this.open = new Map();
    this.calls = 0;
    this.count = 0;
  }

  told(event) {
    const tell = this[`on_${event.type}`];
    if (tell) tell.call(this, event);
  }

  on_step({ number: count }) {
    this.count = count;
    this.text = "";
    this.work.hidden = false;
    this.thought = element("p", { class: "thought" });
    this.draft = element("pre", { class: "draft", hidden: true });
    this.step = element("li", { class: "step", "aria-label": t("step", { number: count }) }, this.thought, this.draft);
    this.steps.append(this.step);
    for (const shown of this.steps.querySelectorAll("details.result[open]")) shown.open = false;
    this.say(t("writing", { number: count }));
  }

  on_text({ text }) {
    this.text += text;
    const parts = written(this.text);
    this.thought.textContent = parts.thought;
    this.draft.textContent = parts.call || parts.answer;
    this.draft.hidden = !this.draft.textContent;
  }

  on_discarded({ reason }) {
    this.text = "";
    this.thought.textContent = "";
    this.draft.hidden = true;
    this.note(t("discarded", { reason }));
  }

  on_sample({ number: count }) {
    this.text = "";
    this.note(t("sample", { number: count }));
  }

  on_prompt({ done, total }) {
    if (total > 0) this.say(t("reading", { done: number(done), total: number(total) }));
  }

  on_warning({ reason }) { this.note(t("warning", { reason })); }
  on_model({ model, decision, reason }) { this.note(t("model_decided", { model, decision, reason })); }
  on_reduced({ before, after }) { this.note(t("reduced", { before: number(before), after: number(after) })); }

  on_plan({ text }) {
    this.draft.hidden = true;
    this.step.append(element("p", { class: "quiet" }, t("plan")), element("pre", { class: "code", tabindex: "0" }, text));
  }

  on_remembered({ text }) { this.note(t("remembered", { text })); }

  /** A call, in a place of its own: those of a plan may run side by side. */
  on_call({ tool, arguments: args, step = "" }) {
    this.calls += 1;
    this.draft.hidden = true;
    const place = element("div", { class: "made" }, callView(tool, args));
    this.step.append(place);
    this.open.set(step, { tool, args, place });
    this.say(t("calling", { tool }));
  }

  on_approval(event) { this.ask(event, callCard, event.tool); }
  on_plan_approval(event) { this.ask(event, planCard, t("plan")); }

  /** Show a card for what waits for the person. */
  ask(event, cardOf, what) {
    this.draft.hidden = true;
    const card = cardOf(event, (verdict) => this.decide(event.id, verdict));
    this.approvals.set(event.id, card);
    this.step.append(card.root);
    card.root.scrollIntoView({ block: "nearest" });
    if (!document.getElementById("question").value) card.root.focus();
    this.say(t("waits_for_you", { tool: what }));
  }

  on_problem({ id, message }) { this.approvals.get(id)?.wrong(message); }
  on_approved({ id, verdict }) { this.approvals.get(id)?.close(verdict); }

  on_result({ tool, text, failed, cached, images = [], step = "" }) {
    const badges = [failed && t("failed"), cached && t("again")].filter(Boolean);
    const shown = element("details", { class: failed ? "result failed" : "result", open: true },
      element("summary", {}, t("result"), badges.map((badge) => element("span", { class: "badge" }, badge))),
      drawn(text), pictures(images));
    const { place = this.step, ...called } = this.open.get(step) ?? {};
    place.append(shown);
    this.results.push({ ...called, text, images, failed });
    this.say(t("looking", { tool }));
  }

  on_answer(event) {
    this.finish();
    const { sources = [] } = event;
    const evidence = this.results.findLast((each) => each.tool && !each.failed && each.tool === event.tool
      && JSON.stringify(each.args) === JSON.stringify(event.arguments));
    this.answer.replaceChildren(...[
      ...prose(event.text, sources),
      ...this.results.flatMap((each) => pictures(each.images)),
      evidence && this.rests(evidence, sources),
      sourceList(sources, t("sources")),
      event.steps && this.cost(event),
    ].filter(Boolean));
    this.say(t("answered"));
  }

  /** The call that an answer rests on, with its rows. */
  rests({ tool, args, text }, sources) {
    if (sources.length) return null;
    return element("details", { class: "evidence", open: hasTable(text) },
      element("summary", {}, t("rests_on"), " ", element("code", { class: "tool" }, tool)),
      ...callView(tool, args).querySelectorAll("pre"), drawn(text));
  }

  cost(event) {
    const line = t("cost_line", {
      steps: event.steps, prompt: number(event.prompt_tokens), cached: number(event.cached_tokens),
      written: number(event.completion_tokens), seconds: number(event.seconds, 1),
    });
    const trace = event.trace && element("a", { href: `#trace=${event.trace}` }, t("trace"));
    return element("p", { class: "cost" }, line, trace && " · ", trace);
  }

  on_error({ code, message, hint }) {
    if (code === "cancelled") this.failed(t("stopped"), "", true);
    else this.failed(message, hint);
  }

  /** There is no answer, and why. */
  failed(message, hint = "", calm = false) {
    this.finish();
    this.root.classList.add("unanswered");
    const again = this.again && element("button", { type: "button", class: "plain small", onclick: this.again }, t("try_again"));
    this.answer.replaceChildren(element("div", { class: calm ? "no-answer calm" : "no-answer", role: "alert" },
      element("p", {}, calm ? message : element("strong", {}, `${t("no_answer")}. `), calm ? null : `${message} ${hint}`), again));
    this.say(message);
  }

  finish() {
    for (const card of this.approvals.values()) card.close(null);
    if (this.draft) this.draft.hidden = true;
    if (this.step && !this.thought.textContent && this.step.children.length === 2) this.step.remove();
    if (this.count) this.summary.textContent = t("steps_done", { steps: this.count, calls: this.calls });
    this.work.open = false;
  }

  note(text) {
    this.work.hidden = false;
    (this.step ?? this.steps).append(element(this.step ? "p" : "li", { class: "note" }, text));
  }
}

/** What was said before, as it is kept. */
export function pastView({ question, turns, answer }, again) {
  const view = new RunView(question, { again });
  turns.forEach((turn, index) => {
    view.on_step({ number: index + 1 });
    view.thought.textContent = turn.thought;
    if (turn.tool) view.on_call({ tool: turn.tool, arguments: turn.arguments });
    view.on_result({ text: turn.result, failed: turn.failed });
  });
  if (answer === undefined) {
    view.failed(t("interrupted"), "", true);
    return view;
  }
  const last = view.results.at(-1);
  view.on_answer({ text: answer, tool: last?.tool, arguments: last?.args });
  return view;
}
