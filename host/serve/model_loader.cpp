#include "serve/model_loader.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "errors/error.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_writer.h"

namespace lmos::serve {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kRetirementCheck{20};

ConfigTree text_node(const std::filesystem::path& path) {
  return ConfigTree::string(path.string(), Place::in("request"));
}

// With paths that do not depend on the folder in which the daemon runs.
ConfigTree with_whole_paths(ConfigTree given, const ModelConfig& model) {
  given = given.with("path", text_node(model.path));
  if (!model.adapter.empty()) given = given.with("adapter", text_node(model.adapter));
  if (!model.chat_template.empty())
    given = given.with("chat_template", text_node(model.chat_template));
  if (!model.tokenizer_path.empty())
    given = given.with("tokenizer",
                       given.find("tokenizer")->with("path", text_node(model.tokenizer_path)));
  return given;
}

ApiError conflict(const std::string& name) {
  return {
      409,    "invalid_request_error", "the model '" + name + "' is being loaded; wait for that",
      "name", "model_loading",         1};
}

ApiError not_taken(const std::string& name, const std::string& why, bool goes_on) {
  return invalid_request("the model '" + name + "' was not taken, for its worker " + why +
                             (goes_on ? "\nWhat was served under this name before goes on." : ""),
                         "", "model_load_failed");
}

}  // namespace

// Models that are out of the table: each ends with its last request.
class ModelLoader::Retired {
 public:
  explicit Retired(asio::io_context& loop) : timer_(loop) {}

  void add(std::unique_ptr<ServedModel> model) {
    models_.push_back({std::move(model), false});
    if (models_.size() == 1) check();
  }
  bool idle() const {
    return std::ranges::all_of(models_,
                               [](const Entry& entry) { return entry.model->active() == 0; });
  }
  void forget() {
    timer_.cancel();
    models_.clear();
  }

 private:
  struct Entry {
    std::unique_ptr<ServedModel> model;
    bool ending;
  };

  void check() {
    std::erase_if(models_, [](const Entry& entry) {
      return entry.ending && entry.model->state() == ModelState::kEnded &&
             !entry.model->has_process();
    });
    for (Entry& entry : models_) {
      if (entry.ending || entry.model->active() > 0) continue;
      entry.ending = true;
      entry.model->end([] {});
    }
    if (models_.empty()) return;
    timer_.expires_after(kRetirementCheck);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) check();
    });
  }

  asio::steady_timer timer_;
  std::vector<Entry> models_;
};

ModelLoader::ModelLoader(asio::io_context& loop, const Config& config, ModelTable& models,
                         ModelStore& store, std::filesystem::path worker_program)
    : loop_(loop),
      config_(config),
      models_(models),
      store_(store),
      worker_program_(std::move(worker_program)),
      retired_(std::make_unique<Retired>(loop)) {
  std::vector<ModelConfig> all = config.models;
  add_stored_models(all);
  for (const ModelConfig& model : all) models_.put(make_model(model));
}

ModelLoader::~ModelLoader() = default;

std::unique_ptr<ServedModel> ModelLoader::make_model(const ModelConfig& model) const {
  return std::make_unique<ServedModel>(loop_, model, config_.workers, config_.plugin_folders,
                                       worker_program_);
}

void ModelLoader::add_stored_models(std::vector<ModelConfig>& models) const {
  for (const StoredModel& stored : store_.all()) {
    try {
      ModelConfig model = load_model_config(
          parse_yaml(stored.configuration, Place::in("stored model '" + stored.name + "'")),
          config_);
      const auto same = std::ranges::find(models, model.name, &ModelConfig::name);
      if (same == models.end()) {
        models.push_back(std::move(model));
        continue;
      }
      spdlog::info("[{}] served from {}, as it was loaded last, not as the file says", model.name,
                   model.path.string());
      *same = std::move(model);
    } catch (const Error& error) {
      spdlog::error("[{}] can't be served any more as it was loaded: {}", stored.name,
                    error.what());
    }
  }
}

void ModelLoader::start() {
  for (const auto& model : models_.all()) model->start();
}

void ModelLoader::check_not_loading(const std::string& name) const {
  if (candidates_.contains(name)) throw conflict(name);
}

void ModelLoader::load(const ConfigTree& given, Loaded loaded) {
  ModelConfig model;
  try {
    model = load_model_config(given, config_);
  } catch (const Error& error) {
    throw invalid_request(error.what());
  }
  const std::string name = model.name;
  check_not_loading(name);
  spdlog::info("[{}] loading {}", name, model.path.string());
  Candidate& candidate = candidates_[name];
  candidate = {make_model(model), with_whole_paths(given, model), std::move(loaded)};
  candidate.model->start_on_trial([this, name](const std::optional<std::string>& failure) {
    // The model may go, and with it what calls this.
    asio::post(loop_, [this, name, failure] { decide(name, failure); });
  });
}

void ModelLoader::store(const std::string& name, const ConfigTree& configuration) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  store_.put({name, write_yaml(configuration), now.count()});
}

void ModelLoader::decide(const std::string& name, const std::optional<std::string>& failure) {
  const auto found = candidates_.find(name);
  if (found == candidates_.end()) return;  // the daemon ends
  Candidate candidate = std::move(found->second);
  candidates_.erase(found);
  const bool replaces = models_.find(name) != nullptr;
  std::optional<ApiError> refusal;
  if (failure) {
    refusal = not_taken(name, *failure, replaces);
  } else {
    try {
      store(name, candidate.configuration);
    } catch (const Error& error) {
      refusal = internal_error("the model '" + name + "' was not taken: " + error.what());
    }
  }
  if (refusal) {
    spdlog::error("[{}] {}", name, refusal->message);
  } else {
    auto before = models_.put(std::move(candidate.model));
    spdlog::info("[{}] takes requests from {}{}", name, models_.find(name)->config().path.string(),
                 before ? "; the worker before it finishes its own" : "");
    if (before) retired_->add(std::move(before));
  }
  candidate.loaded(refusal);
}

void ModelLoader::unload(const std::string& name) {
  models_.at(name);
  check_not_loading(name);
  try {
    store_.remove(name);
  } catch (const Error& error) {
    throw internal_error("the model '" + name + "' was not unloaded: " + error.what());
  }
  retired_->add(models_.take(name));
  spdlog::info("[{}] unloaded", name);
}

bool ModelLoader::idle() const {
  return retired_->idle() &&
         std::ranges::all_of(models_.all(), [](const auto& model) { return model->active() == 0; });
}

void ModelLoader::end(std::function<void()> ended) {
  candidates_.clear();
  retired_->forget();
  const auto left = std::make_shared<size_t>(models_.all().size());
  if (*left == 0) return asio::post(loop_, std::move(ended));
  for (const auto& model : models_.all())
    model->end([left, ended] {
      if (--*left == 0) ended();
    });
}

}  // namespace lmos::serve
