#include "serve/model_table.h"

#include "formats/quote.h"
#include "pipeline/nearest_name.h"
#include "serve/api_error.h"

namespace lmos::serve {

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
