// The chat: the conversations, the one that is shown, and the question that is being answered.

import * as api from "./api.js";
import { element, find } from "./dom.js";
import { RunView, pastView } from "./steps.js";
import { moment, t } from "./texts.js";

export class Chat {
  /** `refused` is given an error, and says whether it has asked for a key. */
  constructor({ refused }) {
    this.refused = refused;
    this.id = "";
    this.running = null;
    this.profiles = [];
    find("ask").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    find("stop").addEventListener("click", () => this.stop());
    find("fresh").addEventListener("click", () => {
      if (location.hash) location.hash = "";
      else this.show("");
    });
    find("profile").addEventListener("change", () => this.id || this.empty());
    const field = find("question");
    field.addEventListener("input", () => this.fit());
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
  }

  async begin() {
    this.profiles = await api.models();
    const before = find("profile").value;
    find("profile").replaceChildren(...this.profiles.map(({ id }) => element("option", { value: id }, id)));
    if (this.profiles.some(({ id }) => id === before)) find("profile").value = before;
    await this.list();
  }

  say(text) { find("status").textContent = text; }

  /** Write the list and the empty page again, in another language. */
  async spoken() {
    await this.list();
    if (!this.id && !this.running) this.empty();
  }

  /** Show a conversation, or begin a new one. */
  async show(id) {
    if (this.running && this.running.id !== id) await this.stop();
    if (this.running) return;
    this.say("");
    this.id = id;
    if (!id) this.empty();
    else await this.load(id);
    find("profile").disabled = Boolean(id);
    this.mark();
    find("question").focus();
  }

  async load(id) {
    const found = await api.conversation(id);
    find("profile").value = found.model;
    const again = (question) => () => this.send(question);
    const past = found.unfinished && !found.running ? [...found.exchanges, found.unfinished] : found.exchanges;
    find("thread").replaceChildren(...past.map((each) => pastView(each, again(each.question)).root));
    if (found.running) this.say(t("elsewhere"));
    this.toEnd();
  }

  empty() {
    const profile = this.profiles.find(({ id }) => id === find("profile").value);
    find("thread").replaceChildren(element("div", { class: "empty" },
      element("h2", {}, t("empty_title")), profile && element("p", {}, `${profile.id}: ${profile.description}`)));
  }

  async list() {
    const found = await api.conversations();
    find("talks").replaceChildren(...(found.length ? found.map((each) => this.entry(each))
      : [element("li", { class: "quiet" }, t("no_conversations"))]));
    this.mark();
  }

  entry({ id, title, model, used_at }) {
    const remove = element("button", { type: "button", class: "plain small remove", "aria-label": `${t("delete")}: ${title}`, title: t("delete") }, "×");
    remove.addEventListener("click", () => this.remove(id));
    return element("li", {},
      element("a", { href: `#c=${encodeURIComponent(id)}`, "data-id": id },
        element("span", { class: "title" }, title || "…"),
        element("span", { class: "quiet" }, `${model} · ${moment(used_at)}`)),
      remove);
  }

  mark() {
    for (const entry of find("talks").querySelectorAll("a")) {
      entry.toggleAttribute("aria-current", entry.dataset.id === this.id);
    }
  }

  async remove(id) {
    if (!confirm(t("delete_sure"))) return;
    try {
      await api.forget(id);
    } catch (error) {
      if (!this.refused(error)) this.say(error.message);
      return;
    }
    if (id === this.id) location.hash = "";
    await this.list();
  }

  async send(again = "") {
    const field = find("question");
    const question = (again || field.value).trim();
    if (!question || this.running) return;
    if (!again) field.value = "";
    this.fit();
    const view = new RunView(question, {
      say: (text) => this.say(text),
      decide: (approval, verdict) => api.decide(this.id, approval, verdict),
      again: () => this.send(question),
    });
    find("thread").querySelector(".empty")?.remove();
    find("thread").querySelector(".exchange:last-child.unanswered")?.remove();
    find("thread").append(view.root);
    this.toEnd();
    await this.follow(view, question);
  }

  async follow(view, question) {
    const running = { id: this.id, gone: new AbortController() };
    this.running = running;
    this.busy(true);
    this.say(t("working"));
    try {
      await api.ask(find("profile").value, question, this.id, {
        signal: running.gone.signal,
        begun: (id) => this.begun(running, id),
        told: (event) => {
          const near = this.atEnd();
          view.told(event);
          if (near) this.toEnd();
        },
      });
    } catch (error) {
      this.failed(view, error);
    } finally {
      this.running = null;
      this.busy(false);
    }
    await this.list().catch((error) => this.refused(error));
  }

  begun(running, id) {
    running.id = this.id = id;
    find("profile").disabled = true;
    history.replaceState(null, "", `#c=${encodeURIComponent(id)}`);
    this.list().catch((error) => this.refused(error));
  }

  failed(view, error) {
    if (error.name === "AbortError" || error.code === "cancelled") view.failed(t("stopped"), "", true);
    else if (this.refused(error)) view.failed(error.message);
    else view.failed(error instanceof api.Refused ? error.message : t("gone"));
  }

  /** Stop the answer: the server ends it and says so; where it cannot be told, the connection is closed. */
  async stop() {
    const { running } = this;
    if (!running) return;
    try {
      await api.cancel(running.id);
    } catch {
      running.gone.abort();
    }
  }

  busy(is) {
    find("stop").hidden = !is;
    find("send").hidden = is;
    document.body.classList.toggle("busy", is);
    if (!is && !document.activeElement?.closest?.("#thread")) find("question").focus();
  }

  fit() {
    const field = find("question");
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
  }

  atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = find("scroll");
    return scrollHeight - scrollTop - clientHeight < 120;
  }

  toEnd() { find("scroll").scrollTop = find("scroll").scrollHeight; }
}
