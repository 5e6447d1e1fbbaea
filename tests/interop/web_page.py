"""Does the daemon's web page work in a browser?

    python tests/interop/web_page.py LLMASOSD [MODEL_FOLDER] [--screenshots FOLDER]

Needs selenium, and Chromium with its driver (Debian: chromium, chromium-driver); says so and ends with 77 where one is
missing. LLMASOSD is the built daemon, MODEL_FOLDER a Hugging Face folder of a model with a tokenizer; unless given,
models/stories260K in the folder that LLMASOS_TEST_DATA names. A real daemon
serves it, once without and once with API keys, and headless Chromium does what a visitor does, at the width of a desk
and of a phone: chats with streaming, stops an answer, looks at models, jobs and metrics, switches language and theme,
gives a key. Fails on any error in the browser's console, any request to another host, any overflow of the page.
"""

import argparse
import contextlib
import html
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

DEFAULT_MODEL = pathlib.Path(os.environ.get("LLMASOS_TEST_DATA", "")) / "models" / "stories260K"

missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
try:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    missing.append("selenium")
if missing:
    print("skipped: there is no", ", ".join(missing))
    sys.exit(77)

PIPELINE = """version: 1
kind: train
backend: {{plugin: cpu, compute: float32, threads: 1}}
tokenizer: {{plugin: bpe, train: {{kind: characters}}}}
dataset: {{plugin: text, path: {text}, sequence: 32, sampling: random_windows}}
model: {{plugin: llama, layers: 1, embed: 32, heads: 2, kv_heads: 2, mlp: 64, dropout: 0.0}}
strategy: {{plugin: single}}
optimizer: {{kind: adamw, lr: 1.0e-2}}
train: {{steps: {steps}, batch: 4}}
checkpoint: {{folder: {folder}}}
"""

SIZES = {"desk": (1280, 860), "phone": (390, 844)}


class Daemon:
    """llmasosd with one model, on a port of its own choice."""

    def __init__(self, program, model, keys):
        self.program, self.folder = program, pathlib.Path(tempfile.mkdtemp())
        self.config = self.folder / "llmasosd.yaml"
        self.text = self.folder / "texts" / "text.txt"
        self.text.parent.mkdir()
        self.text.write_text("the cat sat on the mat, and the dog sat on the log. " * 200)
        self.config.write_text(f"version: 1\nfolders: [{model}]\nstate_folder: {self.folder}/state\n"
                               f"require_keys: {str(keys).lower()}\nlisten: {{port: 0}}\n"
                               f"jobs: {{read: [{self.folder}/texts], write: [{self.folder}/runs]}}\n"
                               f"models:\n  - {{name: story, path: {model}}}\n")

    def __enter__(self):
        self.process = subprocess.Popen([self.program, "--config", self.config], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"listening on (http://\S+)", line)
            if found:
                self.url = found[1]
            if "] ready" in line:
                break
        else:
            raise RuntimeError("llmasosd did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        return self

    def add_key(self):
        return subprocess.run([self.program, "keys", "add", "--config", self.config, "--name", "page"], check=True,
                              capture_output=True, text=True).stdout.strip()

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.folder)


@contextlib.contextmanager
def browser(size, language, dark=False):
    options = webdriver.ChromeOptions()
    options.add_argument("--headless=new")
    options.add_argument("--disable-gpu")
    options.add_argument("--hide-scrollbars")
    options.add_argument(f"--lang={language}")
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        width, height = SIZES[size]
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        yield driver
    finally:
        driver.quit()


def wait(driver, holds, what, seconds=60):
    limit = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > limit:
            raise AssertionError(f"{what}; the page says:\n{driver.find_element(By.TAG_NAME, 'body').text}")
        time.sleep(0.05)


def text_of(driver, selector):
    return driver.find_element(By.CSS_SELECTOR, selector).text


def check(holds, what):
    if not holds:
        raise AssertionError(what)


class Visit:
    def __init__(self, driver, daemon, name, screenshots):
        self.driver, self.daemon, self.name, self.screenshots = driver, daemon, name, screenshots

    def keep(self, what):
        if self.screenshots:
            self.driver.save_screenshot(str(self.screenshots / f"{self.name}-{what}.png"))

    def open(self, section=""):
        self.driver.get(f"{self.daemon.url}/#{section}")

    def go(self, section):
        self.driver.find_element(By.CSS_SELECTOR, f"nav a[href='#{section}']").click()
        wait(self.driver, lambda: self.driver.find_element(By.ID, section).is_displayed(), f"{section} is not shown")
        wide = self.driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
        check(wide <= 0, f"{section} is {wide} pixels too wide")

    def answers(self):
        return self.driver.find_elements(By.CSS_SELECTOR, ".turn.assistant")

    def ask(self, text, tokens):
        driver = self.driver
        wait(driver, lambda: driver.find_elements(By.CSS_SELECTOR, "#chat-model option"), "there is no model to choose")
        driver.execute_script("document.querySelector('#chat-max-tokens').value = arguments[0]", tokens)
        driver.find_element(By.ID, "chat-text").send_keys(text, Keys.ENTER)

    def wait_for_answer(self, count):
        driver = self.driver
        wait(driver, lambda: len(self.answers()) == count and driver.find_element(By.ID, "chat-send").is_displayed(),
             "the answer does not end")
        turn = self.answers()[-1]
        check(turn.find_element(By.CLASS_NAME, "text").text, "the answer is empty: " + turn.text)
        return turn

    def chat(self):
        driver = self.driver
        self.go("chat")
        self.keep("chat-empty")
        self.ask("<b>Once</b> upon a time <script>document.title = 'broken'</script>", 60)
        turn = self.wait_for_answer(1)
        asked = driver.find_element(By.CSS_SELECTOR, ".turn.user .text")
        check("<b>Once</b>" in asked.text and "broken" not in driver.title, "text was taken for HTML")
        check(not asked.find_elements(By.XPATH, "./*"), "the question has become HTML")
        check(re.search(r"\d", turn.find_element(By.CLASS_NAME, "facts").text), "no speed is told")
        self.ask("She said", 40)
        self.wait_for_answer(2)
        self.keep("chat")
        self.ask("Then", 100000)
        failed = self.answers_end(3)
        if "bad" not in failed.find_element(By.CLASS_NAME, "facts").get_attribute("class"):
            check(failed.find_element(By.CLASS_NAME, "facts").text, "the answer tells nothing")
        driver.find_element(By.ID, "chat-new").click()
        check(not self.answers(), "the old conversation is still there")

    # An answer that was stopped, or had ended before that.
    def answers_end(self, count):
        driver = self.driver
        wait(driver, lambda: len(self.answers()) == count, "there is no answer")
        stop = driver.find_element(By.ID, "chat-stop")
        if stop.is_displayed():
            driver.execute_script("arguments[0].click()", stop)
        wait(driver, lambda: driver.find_element(By.ID, "chat-send").is_displayed(), "the answer does not stop")
        return self.answers()[-1]

    def models(self):
        self.go("models")
        wait(self.driver, lambda: "story" in text_of(self.driver, "#model-list"), "the model is not listed")
        self.keep("models")

    def metrics(self):
        self.go("metrics")
        wait(self.driver, lambda: len(self.driver.find_elements(By.CSS_SELECTOR, "#metric-list svg path")) >= 4,
             "no curves are drawn")
        self.keep("metrics")

    def submit(self, pipeline):
        field = self.driver.find_element(By.ID, "job-text")
        field.clear()
        field.send_keys(pipeline)
        self.driver.find_element(By.CSS_SELECTOR, "#job-form button").click()

    def pipeline(self, steps):
        return PIPELINE.format(text=self.daemon.text, folder=self.daemon.folder / "runs" / f"{self.name}-{steps}", steps=steps)

    def job(self):
        driver = self.driver
        self.go("jobs")
        driver.find_element(By.CSS_SELECTOR, "#job-submit summary").click()
        self.submit("kind: nothing")
        wait(driver, lambda: driver.find_element(By.ID, "notice").is_displayed(), "a bad pipeline is not refused")
        self.keep("job-refused")
        self.submit(self.pipeline(steps=150))
        wait(driver, lambda: driver.find_elements(By.CSS_SELECTOR, "#job-loss svg path"), "no loss is drawn")
        check(not driver.find_element(By.ID, "notice").is_displayed(), "the refusal stays")
        finished = "#job-list li:first-child .state.good"
        wait(driver, lambda: "150" in text_of(driver, "#job-facts") and not driver.find_elements(By.CSS_SELECTOR, "#job-list progress")
             and driver.find_elements(By.CSS_SELECTOR, finished), "the job does not succeed")
        self.keep("jobs")
        driver.find_element(By.CSS_SELECTOR, "#job-submit summary").click()
        self.submit(self.pipeline(steps=1000000))
        wait(driver, lambda: driver.find_elements(By.CSS_SELECTOR, "#job-loss svg path") and
             "1" in text_of(driver, "#job-facts") and driver.find_elements(By.CSS_SELECTOR, "#job-list progress"), "the second job does not run")
        self.keep("job-running")
        driver.find_element(By.ID, "job-cancel").click()
        wait(driver, lambda: driver.find_element(By.ID, "job-resume").is_displayed() and
             not driver.find_element(By.ID, "job-cancel").is_displayed(), "the job is not cancelled")
        wide = driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
        check(wide <= 0, f"the jobs are {wide} pixels too wide")

    def languages(self):
        driver = self.driver
        before = text_of(driver, "nav")
        driver.find_element(By.ID, "language-button").click()
        check(text_of(driver, "nav") != before, "the language does not change")
        check(driver.execute_script("return [...document.querySelectorAll('[data-text]')]"
                                    ".every((e) => e.textContent)"), "a text is missing")
        driver.find_element(By.ID, "language-button").click()
        check(text_of(driver, "nav") == before, "the language does not change back")

    def themes(self):
        driver = self.driver
        colour = lambda: driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        before = colour()
        driver.find_element(By.ID, "theme-button").click()
        check(colour() != before, "the theme does not change")
        self.keep("other-theme")
        driver.find_element(By.ID, "theme-button").click()

    # Everything that can be reached with the keyboard has a name, and every field a label.
    def names(self):
        nameless = self.driver.execute_script("""
          return [...document.querySelectorAll('button, a, input, select, textarea, summary')].filter((e) =>
            !(e.textContent.trim() && !['SELECT', 'TEXTAREA'].includes(e.tagName)) && !e.getAttribute('aria-label') &&
            !(e.labels && [...e.labels].some((label) => label.textContent.trim()))).map((e) => e.outerHTML);""")
        check(not nameless, f"without a name: {nameless}")

    # Of text against what is behind it, as WCAG counts.
    def contrast(self):
        low = self.driver.execute_script("""
          const light = (text) => {
            const parts = text.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
              .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
          };
          const behind = (e) => {
            for (; e; e = e.parentElement) {
              const colour = getComputedStyle(e).backgroundColor;
              if (!/, 0\\)$/.test(colour)) return colour;
            }
            return 'rgb(255, 255, 255)';
          };
          return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() &&
              [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).map((e) => {
            const style = getComputedStyle(e);
            const [a, b] = [light(e instanceof SVGElement ? style.fill : style.color), light(behind(e))];
            return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent.slice(0, 40)];
          }).filter(([ratio]) => ratio < 4.5);""")
        check(not low, f"too little contrast: {low}")

    def console(self):
        wrong = [entry["message"] for entry in self.driver.get_log("browser")
                 if entry["level"] in ("SEVERE", "WARNING") and not re.search(r"status of (400|401|404)", entry["message"])]
        check(not wrong, f"the console says: {wrong}")

    def requests(self):
        own = re.escape(self.daemon.url)
        urls = re.findall(r'"url":"(https?://[^"]+)"', "\n".join(e["message"] for e in self.driver.get_log("performance")))
        others = {html.unescape(url) for url in urls if not re.match(own, url)}
        check(not others, f"requests to others: {others}")


def visit_all(arguments, daemon):
    for name, size, language, dark in (("desk-en", "desk", "en", False), ("phone-zh", "phone", "zh-CN", True)):
        with browser(size, language, dark) as driver:
            visit = Visit(driver, daemon, name, arguments.screenshots)
            visit.open()
            check(("对话" if language.startswith("zh") else "Chat") in text_of(driver, "nav"), "the language is not the visitor's")
            for step in (visit.chat, visit.contrast, visit.models, visit.contrast, visit.metrics, visit.contrast, visit.job,
                         visit.languages, visit.themes, visit.names, visit.contrast, visit.requests, visit.console):
                step()
            print(f"{name}: works")


def visit_with_key(arguments, daemon):
    with browser("desk", "en") as driver:
        visit = Visit(driver, daemon, "key", arguments.screenshots)
        visit.open("models")
        field = driver.find_element(By.ID, "key")
        wait(driver, field.is_displayed, "the page does not ask for a key")
        visit.keep("asked")
        field.send_keys(daemon.add_key(), Keys.ENTER)
        wait(driver, lambda: "story" in text_of(driver, "#model-list"), "the key does not help")
        check(not driver.find_element(By.ID, "notice").is_displayed(), "the refusal stays")
        visit.go("chat")
        visit.ask("Once", 5)
        visit.wait_for_answer(1)
        kept = driver.execute_script("return JSON.stringify(localStorage) + document.cookie + location.href")
        check("lmos-" not in kept, "the key is kept beyond the tab")
        visit.console()
        print("with a key: works")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasosd")
    parser.add_argument("model", type=pathlib.Path, nargs="?", default=DEFAULT_MODEL)
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    if not arguments.model.is_dir():
        print("skipped: there is no model at", arguments.model)
        sys.exit(77)
    arguments.model = arguments.model.resolve()
    with Daemon(arguments.llmasosd, arguments.model, keys=False) as daemon:
        visit_all(arguments, daemon)
    with Daemon(arguments.llmasosd, arguments.model, keys=True) as daemon:
        visit_with_key(arguments, daemon)


if __name__ == "__main__":
    main()
