// llmasosd with tiny models, as a user starts it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "end_to_end/program.h"
#include "serve/http_client.h"

namespace lmos::test {

class DaemonProcess {
 public:
  // Serves tiny-llama2-gqa under each name, with a tokenizer of printable ASCII characters.
  // `settings`: more KEY=VALUE of the configuration. `files`: more of the model's folder, with
  // their texts.
  explicit DaemonProcess(std::vector<std::string> settings = {},
                         std::vector<std::string> models = {"tiny"},
                         const std::vector<std::pair<std::string, std::string>>& files = {});

  // Serves what lies in `folder`; `models`: the elements of `models` in YAML, a line each.
  DaemonProcess(const std::filesystem::path& folder, const std::vector<std::string>& models,
                std::vector<std::string> settings);

  uint16_t port() const { return port_; }
  // The same configuration anew, on another port.
  void start();
  void kill() { program_.reset(); }
  RunningProgram& program() { return *program_; }
  // Asks /readyz until it says so.
  void wait_until_ready();
  // Asks /metrics until the line is there.
  void wait_for_metric(const std::string& line);
  // Of the workers, in no order; all in one process group each.
  std::vector<pid_t> workers() const;
  size_t open_descriptors() const;
  // `llmasosd keys add OPTIONS...`; returns the key. Within a second the daemon knows it.
  std::string add_key(const std::vector<std::string>& options) const;
  std::vector<std::string> words(const std::string& command) const;

 private:
  void configure(const std::filesystem::path& folder, const std::vector<std::string>& models);

  TemporaryFolder folder_;
  std::vector<std::string> settings_;
  uint16_t port_ = 0;
  std::unique_ptr<RunningProgram> program_;
};

// Makes a model folder of tiny-llama2-gqa with a tokenizer of printable ASCII characters.
void write_tiny_model(const std::filesystem::path& folder);

// A request for four tokens of the model `tiny`.
inline const std::string kShort = R"({"model":"tiny","prompt":"hello","max_tokens":4})";
// A request for about 100,000 tokens: it runs until it is cancelled.
std::string long_request(const std::string& model, bool stream);

}  // namespace lmos::test
