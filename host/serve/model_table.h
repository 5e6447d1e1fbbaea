// The models of a daemon, by name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "serve/served_model.h"

namespace lmos::serve {

class ModelTable {
 public:
  // In place of the one of this name, which is returned, or as the last; then null.
  std::unique_ptr<ServedModel> put(std::unique_ptr<ServedModel> model);
  // Out of the table; null if there is none.
  std::unique_ptr<ServedModel> take(const std::string& name);
  // In the order of the configuration, then of loading.
  const std::vector<std::unique_ptr<ServedModel>>& all() const { return models_; }
  // Null if there is none.
  ServedModel* find(const std::string& name) const;
  // ApiError (404) if there is none.
  ServedModel& at(const std::string& name) const;

 private:
  std::vector<std::unique_ptr<ServedModel>> models_;
};

}  // namespace lmos::serve
