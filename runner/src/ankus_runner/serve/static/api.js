// What the page asks of the server. The key is kept for this tab only.

const KEY = "ankus-key";

export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? String(status));
    this.status = status;
    this.code = error?.code ?? "";
  }
}

export const key = () => sessionStorage.getItem(KEY) ?? "";

export function keepKey(value) {
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
}

async function send(method, path, body, signal) {
  const headers = key() ? { Authorization: `Bearer ${key()}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store",
  });
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Refused(answer.status, typeof told.error === "object" ? told.error : { message: told.message });
  }
  return answer;
}

const json = async (...request) => (await send(...request)).json();
const at = (...parts) => ["v1", ...parts.map(encodeURIComponent)].join("/");

export const models = async () => (await json("GET", at("models"))).data;
export const conversations = async () => (await json("GET", at("conversations"))).data;
export const conversation = (id) => json("GET", at("conversations", id));
export const forget = (id) => json("DELETE", at("conversations", id));
export const cancel = (id) => json("POST", at("conversations", id, "cancel"), {});
export const decide = (id, approval, verdict) => json("POST", at("conversations", id, "approvals", approval), verdict);
export const traces = () => json("GET", at("traces"));

/** One run; what has just ended is written a moment later. */
export async function trace(id) {
  for (let left = 8; ; left -= 1) {
    try {
      return await json("GET", at("traces", id));
    } catch (error) {
      if (!left || error.code !== "trace_not_found") throw error;
      await new Promise((after) => setTimeout(after, 250));
    }
  }
}

/** Ask a question; `begun` is given the conversation's id, `told` each event of the agent. */
export async function ask(model, question, conversation, { begun, told, signal }) {
  const answer = await send("POST", at("chat", "completions"), {
    model,
    messages: [{ role: "user", content: question }],
    stream: true,
    ankus: { conversation: conversation || "new", events: true },
  }, signal);
  begun(answer.headers.get("X-Ankus-Conversation") ?? conversation);
  for await (const data of events(answer.body)) {
    if (data === "[DONE]") return;
    const chunk = JSON.parse(data);
    if (chunk.error) throw new Refused(0, chunk.error);
    if (chunk.ankus?.type) told(chunk.ankus);
  }
}

/** The data of server-sent events, as they come. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split("\n\n");
    rest = parts.pop();
    for (const part of parts) if (part.startsWith("data: ")) yield part.slice(6);
  }
}
