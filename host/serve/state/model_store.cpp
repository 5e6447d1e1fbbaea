#include "serve/state/model_store.h"

namespace lmos::serve {

std::vector<StoredModel> ModelStore::all() const {
  std::vector<StoredModel> models;
  Statement rows =
      database_.prepare("SELECT name, configuration, created FROM models ORDER BY created, rowid");
  while (rows.step()) models.push_back({rows.text(0), rows.text(1), rows.integer(2)});
  return models;
}

void ModelStore::put(const StoredModel& model) {
  database_
      .prepare(
          "INSERT INTO models (name, configuration, created) VALUES (?, ?, ?) "
          "ON CONFLICT (name) DO UPDATE SET configuration = excluded.configuration")
      .bind(model.name, model.configuration, model.created)
      .run();
}

bool ModelStore::remove(std::string_view name) {
  return database_.prepare("DELETE FROM models WHERE name = ?").bind(name).run() > 0;
}

}  // namespace lmos::serve
