// The daemon's figures as they change, out of /metrics.

import { by_id, element, while_shown } from "./elements.js";
import { draw_chart } from "./chart.js";
import { bytes, number, say, seconds } from "./language.js";
import { get_text } from "./server.js";

const kSpan = 180;  // seconds that are drawn
const samples = [];  // {time, values: {name: {model: value}}}

function parse(text) {
  const values = {};
  for (const line of text.split("\n")) {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!found || line.startsWith("#") || found[1].endsWith("_bucket")) continue;
    const model = /model="([^"]*)"/.exec(found[2] ?? "")?.[1] ?? "llmasosd";
    const by_model = (values[found[1]] ??= {});
    by_model[model] = (by_model[model] ?? 0) + Number(found[3]);
  }
  return values;
}

const at = (sample, name, model) => sample.values[name]?.[model];
const level = (name) => (now, before, model) => at(now, name, model);
const rate = (name) => (now, before, model) => Math.max(0, at(now, name, model) - at(before, name, model)) / (now.time - before.time);
const mean = (name) => (now, before, model) =>
  (at(now, `${name}_sum`, model) - at(before, `${name}_sum`, model)) / (at(now, `${name}_count`, model) - at(before, `${name}_count`, model));
const share = (part, whole) => (now, before, model) => (100 * at(now, part, model)) / at(now, whole, model);
const percent = (value) => `${number(value)} %`;
const total = (list) => list.reduce((sum, value) => sum + value, 0);
const largest = (list) => Math.max(...list);

// What is drawn: `of` two samples and a model, all models' values together by `all`.
const figures = [
  { key: "new_tokens", name: "llmasos_new_tokens_total", of: rate("llmasos_new_tokens_total"), all: total, text: number },
  { key: "prompt_tokens", name: "llmasos_prompt_tokens_total", of: rate("llmasos_prompt_tokens_total"), all: total, text: number },
  { key: "first_token", name: "llmasos_time_to_first_token_seconds_count", of: mean("llmasos_time_to_first_token_seconds"), all: largest, text: seconds },
  { key: "next_token", name: "llmasos_time_per_output_token_seconds_count", of: mean("llmasos_time_per_output_token_seconds"), all: largest, text: seconds },
  { key: "active", name: "llmasos_requests_active", of: level("llmasos_requests_active"), all: total, text: number },
  { key: "queue", name: "llmasos_queue_depth", of: level("llmasos_queue_depth"), all: total, text: number },
  { key: "cache", name: "llmasos_cache_tokens", of: share("llmasos_cache_used_tokens", "llmasos_cache_tokens"), all: largest, text: percent },
  { key: "memory", name: "llmasos_worker_resident_bytes", of: level("llmasos_worker_resident_bytes"), all: total, text: bytes },
  { key: "restarts", name: "llmasos_worker_restarts_total", of: level("llmasos_worker_restarts_total"), all: total, text: number },
];

// The card of a figure, made when it is first needed.
const cards = new Map();
function card_of(figure) {
  if (cards.has(figure.key)) return cards.get(figure.key);
  const card = { title: element("h2", "title"), value: element("p", "value"), chart: element("div", "chart") };
  const whole = element("article", "card");
  whole.append(card.title, card.value, card.chart);
  by_id("metric-list").append(whole);
  cards.set(figure.key, card);
  return card;
}

function show(figure) {
  const { title, value, chart } = card_of(figure);
  const now = samples.at(-1);
  const lines = Object.keys(now.values[figure.name]).map((name) => ({
    name,
    points: samples.slice(1).map((sample, i) => [sample.time - now.time, figure.of(sample, samples[i], name)]),
  }));
  const last = lines.map((line) => line.points.findLast((point) => Number.isFinite(point[1]))?.[1]).filter(Number.isFinite);
  title.textContent = say(figure.key);
  value.textContent = last.length ? figure.text(figure.all(last)) : "–";
  draw_chart(chart, lines, { x: (time) => `${number(time)} s`, y: figure.text, height: 120, from_zero: true, span: [-kSpan, 0], label: say(figure.key) });
}

while_shown("metrics", 2000, async () => {
  const values = parse(await get_text("metrics"));
  const time = performance.now() / 1000;
  // What was seen long ago says nothing of the time between.
  if (samples.length && time - samples.at(-1).time > 30) samples.length = 0;
  samples.push({ time, values });
  while (samples[0].time < time - kSpan) samples.shift();
  for (const figure of figures) if (values[figure.name]) show(figure);
});
