// Takes models in, exchanges and gives them up while the daemon runs.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/api_error.h"
#include "serve/config.h"
#include "serve/model_table.h"
#include "serve/state/model_store.h"

namespace lmos::serve {

// On the loop's thread only. What it calls comes from the loop, never from inside a call.
class ModelLoader {
 public:
  // All outlive it but the loop, which may end before. Fills the table with the models of `config`
  // and those of the store; where both have a name, the store's counts. One that can't be served
  // any more is logged. Errors as of Database.
  ModelLoader(boost::asio::io_context& loop, const Config& config, ModelTable& models,
              ModelStore& store, std::filesystem::path worker_program);
  ~ModelLoader();
  ModelLoader(const ModelLoader&) = delete;
  ModelLoader& operator=(const ModelLoader&) = delete;

  // Starts the models of the table.
  void start();

  // `failure`: why the model was not taken.
  using Loaded = std::function<void(const std::optional<ApiError>& failure)>;
  // `given`: an element of `models`, as of load_model_config. Its worker loads beside what runs,
  // and must answer a short request; then it takes the requests for its name, also after a restart
  // of the daemon, and the worker before it ends once its own requests have. Otherwise nothing
  // changes. ApiError: 400 for a mistake in `given`, 409 while another load of that name runs.
  void load(const ConfigTree& given, Loaded loaded);
  // Its worker ends once its requests have. One of the daemon's file is served again, as there,
  // after a restart. ApiError: 404 if there is none, 409 while a load of that name runs.
  void unload(const std::string& name);

  // No request runs at any model, in the table or out of it.
  bool idle() const;
  // Ends all models, and what is being loaded.
  void end(std::function<void()> ended);

 private:
  class Retired;
  struct Candidate {
    std::unique_ptr<ServedModel> model;
    ConfigTree configuration;  // as it is stored
    Loaded loaded;
  };

  std::unique_ptr<ServedModel> make_model(const ModelConfig& model) const;
  void check_not_loading(const std::string& name) const;
  void add_stored_models(std::vector<ModelConfig>& models) const;
  void decide(const std::string& name, const std::optional<std::string>& failure);
  void store(const std::string& name, const ConfigTree& configuration);

  boost::asio::io_context& loop_;
  const Config& config_;
  ModelTable& models_;
  ModelStore& store_;
  const std::filesystem::path worker_program_;
  std::map<std::string, Candidate> candidates_;  // by name
  std::unique_ptr<Retired> retired_;
};

}  // namespace lmos::serve
