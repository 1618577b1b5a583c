// What a model has written of a step so far: its thought, and then a call or the answer, in either form.

const TEXT = /"((?:[^"\\]|\\.)*)(?:"|$)/;

function unescaped(text) {
  try { return JSON.parse(`"${text.replace(/\\[^"]?$|\\u[0-9a-fA-F]{0,3}$/, (end) => (end.length > 1 && !end.startsWith("\\u") ? end : ""))}"`); }
  catch { return text; }
}

function after(text, name) {
  const at = text.indexOf(`"${name}"`);
  const found = at < 0 ? null : text.slice(at + name.length + 2).match(new RegExp(`^\\s*:\\s*${TEXT.source}`));
  return found ? unescaped(found[1]) : "";
}

/** The parts of a step's text that is still being written. */
export function written(text) {
  if (text.trimStart().startsWith("{")) return { thought: after(text, "thought"), answer: after(text, "final"), call: "" };
  const [, thought = "", rest = ""] = text.match(/^\s*Thought:[ \t]*([^\n]*)\n?([^]*)$/) ?? [null, "", text];
  const call = rest.match(/^\s*Call:[ \t]*([^]*)$/);
  const answer = rest.match(/^\s*Final:[ \t]*([^]*)$/);
  return { thought, call: call?.[1] ?? "", answer: answer?.[1] ?? "" };
}
