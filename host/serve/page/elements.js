// Small pieces of the document. Text is only ever set as text, never as HTML.

export const by_id = (id) => document.getElementById(id);

export function element(name, classes = "", text = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  if (text) made.textContent = text;
  return made;
}

// Shows what went wrong; null: nothing.
export function notice(error) {
  const place = by_id("notice");
  place.hidden = !error;
  place.textContent = error ? error.message : "";
}

// For those who listen to the page.
export function announce(text) {
  by_id("status").textContent = text;
}

// Runs `work` now and every `milliseconds` while the section is shown and the page is looked at.
export function while_shown(section, milliseconds, work) {
  let timer = 0;
  let busy = false;
  const visible = () => !by_id(section).hidden && !document.hidden;
  async function turn() {
    if (busy || !visible()) return;
    busy = true;
    clearTimeout(timer);
    try {
      await work();
      notice(null);
    } catch (error) {
      notice(error);
    }
    busy = false;
    if (visible()) timer = setTimeout(turn, milliseconds);
  }
  for (const event of ["section", "visibilitychange", "key", "language"]) document.addEventListener(event, turn);
  return turn;
}
