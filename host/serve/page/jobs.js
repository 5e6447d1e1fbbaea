// Training and batch jobs: list, live curves, cancel, resume, submit.

import { announce, by_id, element, notice, while_shown } from "./elements.js";
import { draw_chart } from "./chart.js";
import { number, say, seconds } from "./language.js";
import { events, get, post } from "./server.js";

const colours = { running: "good", succeeded: "good", queued: "busy", interrupted: "busy", failed: "bad" };
const moving = ["queued", "running", "interrupted"];
const kPage = 50;

let wanted = kPage;  // jobs to show
let jobs = [];
let chosen = null;  // id
let rows = [];  // of the chosen job's metrics
let following = null;  // AbortController
let drawing = 0;

function facts_of(job) {
  const parts = [job.kind];
  const progress = job.progress;
  if (progress) {
    if (progress.steps) parts.push(say("step_of", { step: number(progress.step, 9), steps: number(progress.steps, 9) }));
    if (Number.isFinite(progress.loss)) parts.push(say("loss_is", { loss: number(progress.loss, 4) }));
    if (job.status === "running" && progress.seconds_left > 0) parts.push(say("left", { time: seconds(progress.seconds_left) }));
  }
  return parts.filter(Boolean).join(" · ");
}

function state_of(job) {
  return element("span", `state ${colours[job.status] ?? ""}`, say(job.status));
}

function list_item(job) {
  const item = element("li");
  const button = element("button");
  button.type = "button";
  button.dataset.job = job.id;
  button.setAttribute("aria-pressed", String(job.id === chosen));
  const row = element("span", "row");
  row.append(element("span", "name", job.name || job.id), state_of(job));
  button.append(row, element("span", "facts", facts_of(job)));
  if (job.progress?.steps && moving.includes(job.status)) {
    const bar = element("progress");
    bar.max = job.progress.steps;
    bar.value = job.progress.step;
    bar.setAttribute("aria-label", facts_of(job));
    button.append(bar);
  }
  button.addEventListener("click", () => choose(job.id));
  item.append(button);
  return item;
}

function show_list() {
  const focused = document.activeElement?.dataset?.job;
  by_id("job-list").replaceChildren(...(jobs.length ? jobs.map(list_item) : [element("li", "empty", say("no_jobs"))]));
  if (focused) document.querySelector(`[data-job="${CSS.escape(focused)}"]`)?.focus();
  const job = jobs.find((one) => one.id === chosen);
  by_id("job-details").hidden = !job;
  if (!job) return;
  by_id("job-name").replaceChildren(job.name || job.id, " ", state_of(job));
  by_id("job-facts").textContent = [`${job.id} · ${new Date(job.created_at * 1000).toLocaleString(document.documentElement.lang)}`, facts_of(job), job.error].filter(Boolean).join("\n");
  by_id("job-cancel").hidden = !moving.includes(job.status);
  by_id("job-resume").hidden = !["failed", "cancelled", "interrupted"].includes(job.status);
}

function draw() {
  drawing = 0;
  const curve = (key) => [{ name: key, points: rows.map((row) => [row.step, row[key]]) }];
  const labels = { x: (value) => number(value, 6), y: (value) => number(value, 4), empty: say("no_rows") };
  draw_chart(by_id("job-loss"), curve("loss"), { ...labels, label: say("loss") });
  draw_chart(by_id("job-speed"), curve("tokens_per_second"), { ...labels, height: 140, from_zero: true, label: say("tokens_per_second") });
}

async function follow(id) {
  following?.abort();
  const mine = (following = new AbortController());
  rows = [];
  draw();
  try {
    for await (const row of events(`v1/jobs/${encodeURIComponent(id)}/metrics?follow=true`, { signal: mine.signal })) {
      // A job that resumed repeats the steps since its checkpoint.
      while (rows.length && rows.at(-1).step >= row.step) rows.pop();
      rows.push(row);
      if (!drawing) drawing = requestAnimationFrame(draw);
    }
  } catch (error) {
    if (error.name !== "AbortError") notice(error);
  }
  if (following === mine) following = null;
}

function choose(id) {
  chosen = id;
  show_list();
  follow(id);
}

const refresh = while_shown("jobs", 2000, async () => {
  const list = [];
  let more = true;
  while (more && list.length < wanted) {
    const after = list.length ? `&after=${encodeURIComponent(list.at(-1).id)}` : "";
    const page = await get(`v1/jobs?limit=${kPage}${after}`);
    list.push(...page.data);
    more = page.has_more && page.data.length > 0;
  }
  jobs = list;
  by_id("job-more").hidden = !more;
  show_list();
  const job = jobs.find((one) => one.id === chosen);
  if (!chosen && jobs.length) choose(jobs[0].id);
  else if (job && !following && moving.includes(job.status) && job.status === "running") follow(job.id);
});

async function act(action) {
  try {
    await post(`v1/jobs/${encodeURIComponent(chosen)}/${action}`, {});
    notice(null);
  } catch (error) {
    notice(error);
    return;
  }
  refresh();
}
by_id("job-cancel").addEventListener("click", () => act("cancel"));
by_id("job-resume").addEventListener("click", () => act("resume"));
by_id("job-more").addEventListener("click", () => {
  wanted += kPage;
  refresh();
});
by_id("job-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const job = await post("v1/jobs", { pipeline: by_id("job-text").value });
    by_id("job-submit").open = false;
    announce(say("submitted"));
    chosen = job.id;
    await refresh();
    choose(job.id);
    notice(null);
  } catch (error) {
    notice(error);
  }
});
document.addEventListener("language", draw);
addEventListener("resize", draw);
