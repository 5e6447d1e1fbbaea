// What the page says, in English and Chinese.

const texts = {
  en: {
    skip: "Skip to content", sections: "Sections", chat: "Chat", models: "Models", jobs: "Jobs", metrics: "Metrics",
    key: "API key", use_key: "Use", key_note: "Kept in this tab only, and forgotten when it is closed.",
    theme: "Switch between light and dark", other_language: "中文", switch_language: "切换到中文",
    model: "Model", new_chat: "New chat", options: "Options", system: "System message", temperature: "Temperature",
    max_tokens: "Longest answer, tokens", conversation: "Conversation", message: "Message",
    message_hint: "Write a message", send: "Send", stop: "Stop", you: "You",
    chat_empty: "Ask something. Enter sends, Shift+Enter begins a new line.",
    continues: "This model has no chat template: it continues the text.",
    stopped: "stopped", complete: "Answer complete.", cut: "reached the longest answer",
    answer_facts: "{tokens} tokens · {rate} tokens/s · first after {first}",
    no_models: "No models are served.", context: "Context: {n} tokens", owner: "State",
    new_job: "New job", pipeline: "Pipeline (YAML)", submit: "Submit", more: "Show more", cancel: "Cancel",
    resume: "Resume", loss: "Loss by step", tokens_per_second: "Tokens per second by step",
    no_jobs: "No jobs yet.", no_rows: "No figures yet.", step_of: "step {step} of {steps}", loss_is: "loss {loss}",
    left: "{time} left", submitted: "Job submitted.",
    metrics_note: "The last three minutes.", new_tokens: "Tokens generated per second",
    prompt_tokens: "Prompt tokens per second", active: "Running prompts", queue: "Waiting sequences",
    cache: "Cache in use", first_token: "Time to first token (mean)", next_token: "Time per output token (mean)",
    memory: "Memory", restarts: "Worker restarts",
    needs_key: "This server asks for an API key.", unreachable: "The server can't be reached.",
    loading: "loading", ready: "ready", restarting: "restarting", misconfigured: "misconfigured", ended: "ended",
    queued: "queued", running: "running", succeeded: "succeeded", failed: "failed", cancelled: "cancelled",
    interrupted: "interrupted",
  },
  zh: {
    skip: "跳到内容", sections: "栏目", chat: "对话", models: "模型", jobs: "任务", metrics: "指标",
    key: "API 密钥", use_key: "使用", key_note: "只保存在此标签页中，关闭后即清除。",
    theme: "切换浅色与深色", other_language: "English", switch_language: "Switch to English",
    model: "模型", new_chat: "新对话", options: "选项", system: "系统消息", temperature: "温度",
    max_tokens: "回答最长词元数", conversation: "对话内容", message: "消息",
    message_hint: "输入消息", send: "发送", stop: "停止", you: "你",
    chat_empty: "问点什么吧。回车发送，Shift+回车换行。",
    continues: "此模型没有对话模板：它会续写文本。",
    stopped: "已停止", complete: "回答完成。", cut: "达到最长限制",
    answer_facts: "{tokens} 个词元 · {rate} 词元/秒 · 首个词元 {first}",
    no_models: "没有正在服务的模型。", context: "上下文：{n} 个词元", owner: "状态",
    new_job: "新任务", pipeline: "流水线（YAML）", submit: "提交", more: "显示更多", cancel: "取消",
    resume: "继续", loss: "损失（按步）", tokens_per_second: "每秒词元数（按步）",
    no_jobs: "还没有任务。", no_rows: "还没有数据。", step_of: "第 {step} 步，共 {steps} 步", loss_is: "损失 {loss}",
    left: "剩余 {time}", submitted: "任务已提交。",
    metrics_note: "最近三分钟。", new_tokens: "每秒生成词元",
    prompt_tokens: "每秒提示词元", active: "运行中的提示", queue: "等待的序列",
    cache: "缓存占用", first_token: "首词元时间（平均）", next_token: "每词元时间（平均）",
    memory: "内存", restarts: "工作进程重启次数",
    needs_key: "此服务器需要 API 密钥。", unreachable: "无法连接服务器。",
    loading: "加载中", ready: "就绪", restarting: "重启中", misconfigured: "配置有误", ended: "已结束",
    queued: "排队中", running: "运行中", succeeded: "成功", failed: "失败", cancelled: "已取消",
    interrupted: "已中断",
  },
};

const kept = localStorage.getItem("language");
let language = texts[kept] ? kept : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

// The text of a key, with {names} replaced; a key without a text stands for itself.
export function say(key, values = {}) {
  const text = texts[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(language, { maximumSignificantDigits: digits, notation: Math.abs(value) >= 1e5 ? "compact" : "standard" }).format(value);
}

export function seconds(value) {
  if (!Number.isFinite(value)) return "–";
  if (value < 1) return `${number(value * 1000)} ms`;
  if (value < 90) return `${number(value)} s`;
  if (value < 5400) return `${Math.round(value / 60)} min`;
  return `${number(value / 3600)} h`;
}

export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; value >= 1000 && unit + 1 < units.length; ++unit) value /= 1000;
  return `${number(value)} ${units[unit]}`;
}

export function apply_language() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = say(element.dataset.hint);
  document.dispatchEvent(new Event("language"));
}

export function switch_language() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  apply_language();
}
