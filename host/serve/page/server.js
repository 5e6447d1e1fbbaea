// Requests to the daemon that this page came from.

import { say } from "./language.js";

export class Refusal extends Error {
  constructor(status, message, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const api_key = () => sessionStorage.getItem("api_key") ?? "";

export function use_api_key(key) {
  if (key) sessionStorage.setItem("api_key", key);
  else sessionStorage.removeItem("api_key");
}

async function request(path, { body, signal } = {}) {
  const headers = {};
  if (api_key()) headers.Authorization = `Bearer ${api_key()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, say("unreachable"));
  }
  if (response.ok) return response;
  if (response.status === 401) document.dispatchEvent(new Event("key-wanted"));
  if (response.status === 401 && !api_key()) throw new Refusal(401, say("needs_key"));
  const answer = await response.json().catch(() => ({}));
  throw new Refusal(response.status, answer.error?.message ?? `HTTP ${response.status}`, answer.error?.code);
}

export const get = async (path) => (await request(path)).json();
export const get_text = async (path) => (await request(path)).text();
export const post = async (path, body) => (await request(path, { body })).json();

// The data of server-sent events as it arrives, parsed; to "[DONE]" or the end.
export async function* events(path, { body, signal }) {
  const response = await request(path, { body, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
      if (data === "[DONE]") return;
      if (!data) continue;
      const json = JSON.parse(data);
      if (json.error?.message) throw new Refusal(500, json.error.message, json.error.code);
      yield json;
    }
  }
}
