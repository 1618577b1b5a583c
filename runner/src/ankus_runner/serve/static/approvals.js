// A call, or a plan of calls, that waits for a person: shown as it would be made, to be changed, let go or refused.

import { element } from "./dom.js";
import { t } from "./texts.js";

let made = 0;

/** The card of a call. */
export function callCard({ tool, arguments: args }, decide) {
  const remember = element("input", { type: "checkbox", id: `remember-${made + 1}` });
  const check = element("p", { class: "check" }, remember, element("label", { for: remember.id }, t("remember")));
  return card({
    title: t("approval"), name: element("code", { class: "tool" }, tool), help: t("approval_help"),
    label: t("arguments"), written: JSON.stringify(args, null, 2), more: [check],
    approved(text) {
      const given = parsed(text);
      return given ? { arguments: given, remember: remember.checked } : t("bad_json");
    },
    refused: () => ({}),
  }, decide);
}

/** The card of a plan; a refusal with a reason has another one made. */
export function planCard({ text, problems }, decide) {
  const reason = element("input", { type: "text", id: `reason-${made + 1}`, maxlength: "1000" });
  const why = element("p", { class: "why" }, element("label", { for: reason.id }, t("plan_reason")), reason);
  const wrong = problems.map((problem) => element("p", { class: "wrong" }, problem));
  return card({
    title: t("plan_approval"), name: null, help: t("plan_help"), label: t("plan"), written: text, more: [...wrong, why],
    approved: (now) => (now.trim() === text.trim() ? {} : { text: now }),
    refused: () => ({ reason: reason.value }),
  }, decide);
}

/** A card; `decide` is given the verdict, and the card is closed when it is known. */
function card({ title, name, help, label, written, more, approved, refused }, decide) {
  made += 1;
  const field = element("textarea", { id: `approval-${made}`, class: "code", spellcheck: "false",
    rows: Math.min(written.split("\n").length, 14) });
  field.value = written;
  const wrong = element("p", { class: "wrong", role: "alert" });
  const approve = element("button", { type: "submit", class: "main" }, t("approve"));
  const refuse = element("button", { type: "button" }, t("refuse"));
  const root = element("form", { class: "approval", tabindex: "-1", "aria-label": title },
    element("p", {}, element("strong", {}, title), " ", name),
    element("p", { class: "quiet" }, help),
    element("label", { class: "unseen", for: field.id }, label), field, wrong, more,
    element("div", { class: "row end" }, refuse, approve));

  async function settle(verdict) {
    approve.disabled = refuse.disabled = true;
    try {
      await decide(verdict);
    } catch (error) {
      complain(error.message);
    }
  }

  /** Say what is wrong with the verdict, and let another be given. */
  function complain(message) {
    wrong.textContent = message;
    approve.disabled = refuse.disabled = false;
  }

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = approved(field.value);
    wrong.textContent = typeof given === "string" ? given : "";
    if (typeof given === "string") field.focus();
    else settle({ verdict: "approve", ...given });
  });
  refuse.addEventListener("click", () => settle({ verdict: "refuse", ...refused() }));

  /** Take the card away, and say what became of it, if that is known. */
  function close(verdict) {
    if (!root.isConnected) return;
    const said = verdict && element("p", { class: `verdict ${verdict}` }, t(`verdict_${verdict}`), " ", name?.cloneNode(true));
    root.replaceWith(...[said].filter(Boolean));
  }
  return { root, close, wrong: complain };
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch { return null; }
}
