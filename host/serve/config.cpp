#include "serve/config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <set>

#include "pipeline/override.h"
#include "pipeline/quoted_text.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_writer.h"

namespace lmos::serve {
namespace {

namespace fs = std::filesystem;

const ConfigTree& at(const ConfigTree& tree, const char* path) { return *tree.find_path(path); }

std::string text_or_empty(const ConfigTree& tree, const char* path) {
  const ConfigTree* found = tree.find_path(path);
  return found ? found->as_string() : "";
}

bool is_address(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

bool is_name(const std::string& text) {
  return text.size() <= 200 && std::ranges::all_of(text, [](unsigned char c) {
           return std::isalnum(c) != 0 ||
                  std::string_view("._:/-").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::ranges::mismatch(folder, path);
  return end == folder.end();
}

fs::path absolute(const std::string& text) { return fs::absolute(text).lexically_normal(); }

// Turns the paths of one file into canonical ones, and collects what is wrong with them.
class Paths {
 public:
  explicit Paths(Problems& problems, std::vector<fs::path> folders = {})
      : problems_(problems), folders_(std::move(folders)) {}

  void add_folder(const ConfigTree& folder, const std::string& where) {
    if (auto path = canonical(folder, where)) folders_.push_back(*path);
  }

  const std::vector<fs::path>& folders() const { return folders_; }
  Problems& problems() { return problems_; }

  fs::path allowed(const ConfigTree& tree, const std::string& where) {
    const auto path = canonical(tree, where);
    if (!path) return {};
    if (std::ranges::none_of(folders_, [&](const fs::path& f) { return is_inside(*path, f); }))
      problems_.add(tree.place(), where,
                    path->string() + " lies in none of `folders`; move it, or add its folder");
    return *path;
  }

 private:
  std::optional<fs::path> canonical(const ConfigTree& tree, const std::string& where) {
    std::error_code error;
    const fs::path path = fs::canonical(absolute(tree.as_string()), error);
    if (!error) return path;
    problems_.add(tree.place(), where,
                  absolute(tree.as_string()).string() + " can't be opened: " + error.message());
    return std::nullopt;
  }

  Problems& problems_;
  std::vector<fs::path> folders_;
};

// `where`: of the section with a dot at its end; empty: the section is all.
ModelConfig model_of(const ConfigTree& tree, const std::string& where, Paths& paths) {
  ModelConfig model;
  model.name = at(tree, "name").as_string();
  model.path = paths.allowed(at(tree, "path"), where + "path");
  model.model_plugin = text_or_empty(tree, "plugin");
  model.tokenizer_plugin = text_or_empty(tree, "tokenizer.plugin");
  if (const ConfigTree* path = tree.find_path("tokenizer.path"))
    model.tokenizer_path = paths.allowed(*path, where + "tokenizer.path");
  if (const ConfigTree* path = tree.find_path("chat_template"))
    model.chat_template = paths.allowed(*path, where + "chat_template");
  if (const ConfigTree* path = tree.find_path("adapter"))
    model.adapter = paths.allowed(*path, where + "adapter");
  model.weights = at(tree, "weights").as_string();
  model.backend = at(tree, "backend");
  if (!model.backend.is_section())
    paths.problems().add(model.backend.place(), where + "backend",
                         "expected a section, found " + describe(model.backend));
  model.pool_first_token = at(tree, "embedding.pooling").as_string() == "cls";
  model.normalize = at(tree, "embedding.normalize").as_bool();
  model.context = at(tree, "context").as_int();
  model.sequences = at(tree, "sequences").as_int();
  model.chunk = at(tree, "chunk").as_int();
  model.prompt_lookup = at(tree, "prompt_lookup").as_int();
  model.cache_tokens = at(tree, "cache_tokens").as_int();
  model.queue_tokens = at(tree, "queue_tokens").as_int();
  if (!is_name(model.name))
    paths.problems().add(
        at(tree, "name").place(), where + "name",
        in_quotes(model.name) + " may hold letters, digits and ._:/- only, at most 200");
  return model;
}

std::vector<ModelConfig> models_of(const ConfigTree& tree, Paths& paths, Problems& problems) {
  std::vector<ModelConfig> models;
  std::set<std::string> names;
  for (const ConfigTree& item : at(tree, "models").items()) {
    const std::string where = "models." + std::to_string(models.size()) + ".";
    models.push_back(model_of(item, where, paths));
    const std::string& name = models.back().name;
    const Place& place = at(item, "name").place();
    if (!names.insert(name).second)
      problems.add(place, where + "name", in_quotes(name) + " is the name of another model too");
  }
  return models;
}

ListenConfig listen_of(const ConfigTree& tree, Problems& problems) {
  ListenConfig listen;
  listen.address = at(tree, "address").as_string();
  listen.port = static_cast<uint16_t>(at(tree, "port").as_int());
  if (!is_address(listen.address))
    problems.add(at(tree, "address").place(), "listen.address",
                 in_quotes(listen.address) + " is no IP address; 127.0.0.1 is this machine");
  if (const ConfigTree* tls = tree.find_path("tls"))
    listen.tls = {absolute(at(*tls, "certificate").as_string()),
                  absolute(at(*tls, "key").as_string())};
  for (const ConfigTree& name : at(tree, "names").items()) listen.names.push_back(name.as_string());
  return listen;
}

LimitsConfig limits_of(const ConfigTree& tree) {
  return {at(tree, "connections").as_int(),
          at(tree, "header_bytes").as_int(),
          at(tree, "body_bytes").as_int(),
          at(tree, "handshake_seconds").as_double(),
          at(tree, "request_seconds").as_double(),
          at(tree, "idle_seconds").as_double(),
          at(tree, "write_seconds").as_double(),
          at(tree, "event_seconds").as_double(),
          at(tree, "prompts").as_int(),
          at(tree, "inputs").as_int(),
          at(tree, "n").as_int(),
          at(tree, "logprobs").as_int(),
          at(tree, "messages").as_int(),
          at(tree, "tools").as_int()};
}

WorkersConfig workers_of(const ConfigTree& tree) {
  return {at(tree, "heartbeat_seconds").as_double(), at(tree, "start_seconds").as_double(),
          at(tree, "restart_seconds").as_double(), at(tree, "drain_seconds").as_double()};
}

}  // namespace

ModelConfig load_model_config(const ConfigTree& given, const Config& config) {
  const ConfigTree tree = validate(given, model_fields(), {});
  Problems problems;
  Paths paths(problems, config.folders);
  ModelConfig model = model_of(tree, "", paths);
  problems.throw_if_any();
  return model;
}

Config load_config(const fs::path& file, const std::vector<std::string>& overrides) {
  ConfigTree given = read_yaml_file(file);
  for (const std::string& override : overrides) given = apply_override(given, override);
  const ConfigTree tree = validate(given, config_fields(), {});

  Problems problems;
  Paths paths(problems);
  Config config;
  config.listen = listen_of(at(tree, "listen"), problems);
  size_t index = 0;
  for (const ConfigTree& folder : at(tree, "folders").items())
    paths.add_folder(folder, "folders." + std::to_string(index++));
  config.folders = paths.folders();
  config.models = models_of(tree, paths, problems);
  config.state_folder = absolute(at(tree, "state_folder").as_string());
  config.require_keys = at(tree, "require_keys").as_bool();
  for (const ConfigTree& folder : at(tree, "plugins").items())
    config.plugin_folders.push_back(absolute(folder.as_string()));
  config.limits = limits_of(at(tree, "limits"));
  config.workers = workers_of(at(tree, "workers"));
  config.jobs = jobs_from(tree, problems);
  problems.throw_if_any();
  return config;
}

}  // namespace lmos::serve
