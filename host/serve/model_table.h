// The models of a daemon, by name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "serve/served_model.h"

namespace lmos::serve {

class ModelTable {
 public:
  void add(std::unique_ptr<ServedModel> model) { models_.push_back(std::move(model)); }
  // In the order of the configuration.
  const std::vector<std::unique_ptr<ServedModel>>& all() const { return models_; }
  // Null if there is none.
  ServedModel* find(const std::string& name) const;
  // ApiError (404) if there is none.
  ServedModel& at(const std::string& name) const;

 private:
  std::vector<std::unique_ptr<ServedModel>> models_;
};

}  // namespace lmos::serve
