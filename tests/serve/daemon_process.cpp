#include "serve/daemon_process.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "formats/json_text.h"

namespace lmos::test {
namespace {

namespace fs = std::filesystem;

constexpr int kVocabulary = 320;

// Token 3 + i is the character ' ' + i; 300 and 301 are special.
std::string tokenizer_json() {
  const std::pair<int, const char*> special[] = {{300, "<|begin|>"}, {301, "<|end|>"}};
  Json vocabulary = Json::Object();
  for (int id = 0; id < kVocabulary; ++id) {
    const int character = id - 3 + ' ';
    const bool printable = character >= ' ' && character <= '~';
    if (id < special[0].first || id > special[1].first)
      vocabulary.set(
          printable ? std::string(1, static_cast<char>(character)) : "<" + std::to_string(id) + ">",
          id);
  }
  Json::Array added;
  for (const auto& [id, text] : special)
    added.push_back(Json::Object{{"id", id},
                                 {"content", text},
                                 {"single_word", false},
                                 {"lstrip", false},
                                 {"rstrip", false},
                                 {"normalized", false},
                                 {"special", true}});
  return R"({"version":"1.0","added_tokens":)" + compact_json(added) +
         R"(,"decoder":{"type":"Fuse"},"model":{"type":"BPE","merges":[],"vocab":)" +
         compact_json(vocabulary) + "}}";
}

// Error after a minute.
void ask_until(const std::function<bool()>& holds, const std::string& otherwise) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds())
    if (std::chrono::steady_clock::now() > limit) throw std::runtime_error(otherwise);
}

}  // namespace

DaemonProcess::DaemonProcess(std::vector<std::string> settings, std::vector<std::string> models,
                             const std::vector<std::pair<std::string, std::string>>& files)
    : settings_(std::move(settings)) {
  write_tiny_model(folder_ / "model");
  for (const auto& [name, text] : files) write_text(folder_ / "model" / name, text);
  std::vector<std::string> list;
  for (const std::string& name : models)
    list.push_back("{name: " + name + ", path: " + (folder_ / "model").string() +
                   ", backend: {threads: 1}}");
  configure(folder_ / "model", list);
}

DaemonProcess::DaemonProcess(const fs::path& folder, const std::vector<std::string>& models,
                             std::vector<std::string> settings)
    : settings_(std::move(settings)) {
  configure(folder, models);
}

void DaemonProcess::configure(const fs::path& folder, const std::vector<std::string>& models) {
  std::string yaml = "version: 1\nfolders: [" + folder.string() +
                     "]\nstate_folder: " + (folder_ / "state").string() + "\nmodels:\n";
  for (const std::string& model : models) yaml += "  - " + model + "\n";
  write_text(folder_ / "llmasosd.yaml", yaml);
  start();
}

void write_tiny_model(const fs::path& folder) {
  fs::copy(LLMASOS_SOURCE_DIRECTORY "/tests/models/data/tiny-llama2-gqa", folder);
  write_text(folder / "tokenizer.json", tokenizer_json());
}

std::vector<std::string> DaemonProcess::words(const std::string& command) const {
  std::vector<std::string> words = {command, "--config", (folder_ / "llmasosd.yaml").string(),
                                    "--set", "listen.port=" + std::to_string(port_)};
  for (const std::string& setting : settings_) words.insert(words.end(), {"--set", setting});
  return words;
}

void DaemonProcess::start() {
  port_ = 0;  // any: the one it had may be taken by now
  program_ = std::make_unique<RunningProgram>(words("serve"), "llmasosd");
  const std::string begin = "listening on http";
  if (!program_->wait_for(begin))
    throw std::runtime_error("llmasosd did not start: " + program_->seen());
  // https://127.0.0.1:4433
  const std::string url = program_->seen().substr(program_->seen().find(begin) + begin.size());
  port_ = static_cast<uint16_t>(std::stoi(url.substr(url.find(':', url.find("//")) + 1)));
}

void DaemonProcess::wait_until_ready() {
  HttpClient client(port_);
  ask_until([&] { return client.get("/readyz").status == 200; }, "llmasosd does not get ready");
}

void DaemonProcess::wait_for_metric(const std::string& line) {
  HttpClient client(port_);
  std::string page;
  ask_until(
      [&] {
        page = client.get("/metrics").body;
        return page.find(line + "\n") != std::string::npos;
      },
      "the metrics don't come to hold " + line);
}

std::vector<pid_t> DaemonProcess::workers() const {
  const std::string id = std::to_string(program_->id());
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> workers;
  for (pid_t worker; file >> worker;) workers.push_back(worker);
  return workers;
}

std::string DaemonProcess::add_key(const std::vector<std::string>& options) const {
  std::vector<std::string> add = words("keys");
  add.push_back("add");
  add.insert(add.end(), options.begin(), options.end());
  const Outcome outcome = run_program("llmasosd", add);
  if (outcome.code != 0) throw std::runtime_error(outcome.err);
  return outcome.out.substr(0, outcome.out.find('\n'));
}

size_t DaemonProcess::open_descriptors() const {
  const fs::directory_iterator files("/proc/" + std::to_string(program_->id()) + "/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

std::string long_request(const std::string& model, bool stream) {
  Json body = Json::Object();
  body.set("model", model);
  body.set("prompt", Json::Array(64, Json("abc")));
  body.set("n", 16);
  body.set("max_tokens", 120);
  body.set("logit_bias", parse_json(R"({"2": -100})", "bias"));
  body.set("stream", stream);
  return compact_json(body);
}

}  // namespace lmos::test
