// The frame of the page: sections, key, language, light and dark.

import { by_id, notice } from "./elements.js";
import { apply_language, say, switch_language } from "./language.js";
import { api_key, use_api_key } from "./server.js";
import "./chat.js";
import "./models.js";
import "./jobs.js";
import "./metrics.js";

const sections = ["chat", "models", "jobs", "metrics"];

function show_section() {
  const wanted = location.hash.slice(1);
  if (wanted === "main") return;
  const shown = sections.includes(wanted) ? wanted : "chat";
  for (const name of sections) {
    by_id(name).hidden = name !== shown;
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (name === shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${say(shown)} · LLMasOS`;
  scrollTo(0, 0);
  document.dispatchEvent(new Event("section"));
}

function show_key_form(open) {
  by_id("key-form").hidden = !open;
  by_id("key-button").setAttribute("aria-expanded", String(open));
  if (open) by_id("key").focus();
}

const dark_system = matchMedia("(prefers-color-scheme: dark)");
function apply_theme() {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (dark_system.matches ? "dark" : "light");
}
dark_system.addEventListener("change", apply_theme);
by_id("theme-button").addEventListener("click", () => {
  localStorage.setItem("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  apply_theme();
});

by_id("language-button").addEventListener("click", switch_language);
by_id("key-button").addEventListener("click", () => show_key_form(by_id("key-form").hidden));
by_id("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  use_api_key(by_id("key").value.trim());
  show_key_form(false);
  notice(null);
  document.dispatchEvent(new Event("key"));
});
document.addEventListener("key-wanted", () => {
  if (by_id("key-form").hidden) show_key_form(true);
});

by_id("key").value = api_key();
apply_theme();
apply_language();
addEventListener("hashchange", show_section);
document.addEventListener("language", show_section);
show_section();
