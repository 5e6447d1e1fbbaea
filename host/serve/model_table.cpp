#include "serve/model_table.h"

#include <algorithm>

#include "formats/quote.h"
#include "pipeline/nearest_name.h"
#include "serve/api_error.h"

namespace lmos::serve {

std::unique_ptr<ServedModel> ModelTable::put(std::unique_ptr<ServedModel> model) {
  for (auto& mine : models_) {
    if (mine->config().name != model->config().name) continue;
    // Counters never go back.
    model->share_metrics(*mine);
    std::swap(mine, model);
    return model;
  }
  models_.push_back(std::move(model));
  return nullptr;
}

std::unique_ptr<ServedModel> ModelTable::take(const std::string& name) {
  const auto found = std::ranges::find_if(
      models_, [&](const auto& model) { return model->config().name == name; });
  if (found == models_.end()) return nullptr;
  std::unique_ptr<ServedModel> model = std::move(*found);
  models_.erase(found);
  return model;
}

ServedModel* ModelTable::find(const std::string& name) const {
  for (const auto& model : models_)
    if (model->config().name == name) return model.get();
  return nullptr;
}

ServedModel& ModelTable::at(const std::string& name) const {
  if (ServedModel* model = find(name)) return *model;
  std::vector<std::string> names;
  for (const auto& model : models_) names.push_back(model->config().name);
  const auto nearest = nearest_name(name, names);
  ApiError error = invalid_request(
      "there is no model " + quote_text(name) +
          (nearest ? "; did you mean \"" + *nearest + "\"?" : "; GET /v1/models lists them"),
      "model", "model_not_found");
  error.status = 404;
  throw error;
}

}  // namespace lmos::serve
