// A conversation with a model, streamed.

import { announce, by_id, element, notice, while_shown } from "./elements.js";
import { number, say, seconds } from "./language.js";
import { events, get, Refusal } from "./server.js";

const turns = [];  // {role, content}
const without_template = new Set();  // models that only continue texts
let running = null;  // AbortController of the answer that arrives

const log = by_id("chat-log");
const text_field = by_id("chat-text");
const model_field = by_id("chat-model");

while_shown("chat", 5000, async () => {
  const { data } = await get("v1/models");
  const names = data.map((model) => model.id);
  if (names.join("\n") === [...model_field.options].map((option) => option.value).join("\n")) return;
  const chosen = model_field.value;
  model_field.replaceChildren(...names.map((name) => new Option(name, name)));
  if (names.includes(chosen)) model_field.value = chosen;
});

function add_turn(role, text) {
  const turn = element("article", `turn ${role}`);
  const body = element("p", "text", text);
  const facts = element("p", "facts");
  turn.append(element("p", "who", role === "user" ? say("you") : model_field.value), body, facts);
  log.append(turn);
  turn.scrollIntoView({ block: "end" });
  return { turn, body, facts };
}

function settings() {
  const wishes = { model: model_field.value, stream: true, stream_options: { include_usage: true } };
  const temperature = by_id("chat-temperature").valueAsNumber;
  const longest = by_id("chat-max-tokens").valueAsNumber;
  if (Number.isFinite(temperature)) wishes.temperature = temperature;
  if (Number.isFinite(longest)) wishes.max_tokens = longest;
  return wishes;
}

// The pieces of an answer: {text, reason, usage}.
async function* chat_pieces(signal) {
  const system = by_id("chat-system").value.trim();
  const messages = system ? [{ role: "system", content: system }, ...turns] : turns;
  for await (const event of events("v1/chat/completions", { body: { ...settings(), messages }, signal })) {
    const choice = event.choices?.[0];
    yield { text: choice?.delta?.content ?? "", reason: choice?.finish_reason, usage: event.usage };
  }
}

async function* continued_pieces(signal) {
  const prompt = turns.map((turn) => turn.content).join("\n");
  for await (const event of events("v1/completions", { body: { ...settings(), prompt }, signal })) {
    const choice = event.choices?.[0];
    yield { text: choice?.text ?? "", reason: choice?.finish_reason, usage: event.usage };
  }
}

async function* pieces(signal) {
  const model = model_field.value;
  if (!without_template.has(model)) {
    try {
      yield* chat_pieces(signal);
      return;
    } catch (error) {
      const missing = error instanceof Refusal &&
        (error.code === "unknown_url" || (error.status === 400 && /chat.template/i.test(error.message)));
      if (!missing) throw error;
      without_template.add(model);
    }
  }
  yield* continued_pieces(signal);
}

async function answer() {
  const { turn, body, facts } = add_turn("assistant", "");
  const content = document.createTextNode("");
  body.append(content);
  turn.classList.add("waiting");
  log.setAttribute("aria-busy", "true");
  running = new AbortController();
  show_running();
  const begun = performance.now();
  let first = NaN, count = 0, usage = null, reason = null, failure = null, stopped = false;
  try {
    for await (const piece of pieces(running.signal)) {
      const near_end = innerHeight + scrollY > document.documentElement.scrollHeight - 80;
      if (piece.text) {
        if (!count) first = (performance.now() - begun) / 1000;
        ++count;
        content.appendData(piece.text);
      }
      usage = piece.usage ?? usage;
      reason = piece.reason ?? reason;
      if (near_end) turn.scrollIntoView({ block: "end" });
    }
  } catch (error) {
    if (error.name === "AbortError") stopped = true;
    else failure = error;
  }
  running = null;
  show_running();
  turn.classList.remove("waiting");
  log.removeAttribute("aria-busy");
  const tokens = usage?.completion_tokens ?? count;
  const rate = (tokens - 1) / ((performance.now() - begun) / 1000 - first);
  const parts = tokens ? [say("answer_facts", { tokens: number(tokens, 7), rate: number(rate), first: seconds(first) })] : [];
  if (reason === "length") parts.push(say("cut"));
  if (stopped) parts.push(say("stopped"));
  if (without_template.has(model_field.value) && log.children.length <= 2) parts.push(say("continues"));
  if (failure) parts.push(failure.message);
  facts.textContent = parts.join(" · ");
  facts.classList.toggle("bad", Boolean(failure));
  if (content.data) turns.push({ role: "assistant", content: content.data });
  else turns.pop();  // a question without an answer is not asked again with the next one
  announce(failure ? failure.message : say("complete"));
}

function show_running() {
  by_id("chat-send").hidden = Boolean(running);
  by_id("chat-stop").hidden = !running;
}

function fit_height() {
  text_field.style.height = "auto";
  text_field.style.height = `${text_field.scrollHeight + 2}px`;
}

by_id("chat-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = text_field.value;
  if (running || !text.trim() || !model_field.value) return;
  notice(null);
  text_field.value = "";
  fit_height();
  turns.push({ role: "user", content: text });
  add_turn("user", text);
  answer();
});
text_field.addEventListener("input", fit_height);
text_field.addEventListener("keydown", (event) => {
  // While an input method composes, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  by_id("chat-form").requestSubmit();
});
by_id("chat-stop").addEventListener("click", () => {
  running?.abort();
  text_field.focus();
});
by_id("chat-new").addEventListener("click", () => {
  running?.abort();
  turns.length = 0;
  log.replaceChildren();
  text_field.focus();
});
document.addEventListener("language", () => (log.dataset.empty = say("chat_empty")));
