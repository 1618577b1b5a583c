// The page: which view is shown, the language, the key, and the conversation that goes on.

import * as api from "./api.js";
import { Chat } from "./chat.js";
import { find } from "./dom.js";
import { speak, speakOther } from "./texts.js";
import { showTrace, showTraces } from "./traces.js";

const chat = new Chat({ refused });

/** Ask for a key where the server wants one; whether it did. */
function refused(error) {
  if (error.status !== 401) return false;
  find("key-value").value = api.key();
  if (!find("key-dialog").open) find("key-dialog").showModal();
  return true;
}

/** Show what the address names: a conversation, a new one, the traces, or one of them. */
async function route() {
  const [name, value] = location.hash.slice(1).split("=");
  const traces = name === "traces" || name === "trace";
  find("chat").hidden = traces;
  find("traces").hidden = !traces;
  find("to-chat").toggleAttribute("aria-current", !traces);
  find("to-traces").toggleAttribute("aria-current", traces);
  closeMenu();
  try {
    if (name === "trace") await showTrace(find("traces-body"), decodeURIComponent(value));
    else if (traces) await showTraces(find("traces-body"));
    else await chat.show(name === "c" ? decodeURIComponent(value) : "");
  } catch (error) {
    if (!refused(error)) chat.say(error.message);
  }
}

function closeMenu() {
  document.body.classList.remove("menu-open");
  find("menu").setAttribute("aria-expanded", "false");
}

function toggleMenu() {
  const open = document.body.classList.toggle("menu-open");
  find("menu").setAttribute("aria-expanded", String(open));
  if (open) find("fresh").focus();
}

function toggleTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  const other = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = other;
  localStorage.setItem("ankus-theme", other);
}

function onKey(event) {
  if (event.key !== "Escape" || find("key-dialog").open) return;
  if (document.body.classList.contains("menu-open")) {
    closeMenu();
    find("menu").focus();
  } else chat.stop();
}

async function start() {
  const theme = localStorage.getItem("ankus-theme");
  if (theme) document.documentElement.dataset.theme = theme;
  await speak();
  find("language").addEventListener("click", async () => {
    await speakOther();
    await chat.spoken();
    if (!chat.running) await route();
  });
  find("theme").addEventListener("click", toggleTheme);
  find("menu").addEventListener("click", toggleMenu);
  find("key").addEventListener("click", () => refused({ status: 401 }));
  find("key-cancel").addEventListener("click", () => find("key-dialog").close());
  find("key-form").addEventListener("submit", async () => {
    api.keepKey(find("key-value").value.trim());
    find("key-value").value = "";
    await begin();
  });
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", route);
  await begin();
}

async function begin() {
  try {
    await chat.begin();
  } catch (error) {
    if (!refused(error)) chat.say(error.message);
    return;
  }
  await route();
}

await start();
