// A call that waits for a person: shown exactly as it would be made, to be changed, let go or refused.

import { element } from "./dom.js";
import { t } from "./texts.js";

let made = 0;

/** The card of a call; `decide` is given the verdict, and the card is closed when it is known. */
export function approvalCard({ tool, arguments: args }, decide) {
  made += 1;
  const written = JSON.stringify(args, null, 2);
  const field = element("textarea", { id: `approval-${made}`, class: "code", spellcheck: "false",
    rows: Math.min(written.split("\n").length, 14) });
  field.value = written;
  const wrong = element("p", { class: "wrong", role: "alert" });
  const remember = element("input", { type: "checkbox", id: `remember-${made}` });
  const approve = element("button", { type: "submit", class: "main" }, t("approve"));
  const refuse = element("button", { type: "button" }, t("refuse"));
  const root = element("form", { class: "approval", tabindex: "-1", "aria-label": t("approval") },
    element("p", {}, element("strong", {}, t("approval")), " ", element("code", { class: "tool" }, tool)),
    element("p", { class: "quiet" }, t("approval_help")),
    element("label", { class: "unseen", for: field.id }, t("arguments")), field, wrong,
    element("p", { class: "check" }, remember, element("label", { for: remember.id }, t("remember"))),
    element("div", { class: "row end" }, refuse, approve));

  async function settle(verdict) {
    approve.disabled = refuse.disabled = true;
    try {
      await decide({ ...verdict, remember: remember.checked });
    } catch (error) {
      wrong.textContent = error.message;
      approve.disabled = refuse.disabled = false;
    }
  }

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = parsed(field.value);
    wrong.textContent = given ? "" : t("bad_json");
    if (given) settle({ verdict: "approve", arguments: given });
    else field.focus();
  });
  refuse.addEventListener("click", () => settle({ verdict: "refuse" }));

  /** Take the card away, and say what became of the call, if that is known. */
  function close(verdict) {
    if (!root.isConnected) return;
    const said = verdict && element("p", { class: `verdict ${verdict}` }, t(`verdict_${verdict}`), " ", element("code", { class: "tool" }, tool));
    root.replaceWith(...[said].filter(Boolean));
  }
  /** Say what is wrong with the verdict, and let another be given. */
  function complain(message) {
    wrong.textContent = message;
    approve.disabled = refuse.disabled = false;
  }
  return { root, close, wrong: complain };
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch { return null; }
}
