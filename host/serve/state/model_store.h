// Models that were loaded while the daemon ran, so that it serves them again after a restart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "serve/state/database.h"

namespace lmos::serve {

struct StoredModel {
  std::string name;
  std::string configuration;  // YAML of an element of `models` in the daemon's file
  int64_t created = 0;        // seconds since 1970
};

// Errors as of Database, which outlives it.
class ModelStore {
 public:
  explicit ModelStore(Database& database) : database_(database) {}

  // In the order of their creation.
  std::vector<StoredModel> all() const;
  // Adds it, or replaces the one of this name.
  void put(const StoredModel& model);
  // False if there is none.
  bool remove(std::string_view name);

 private:
  Database& database_;
};

}  // namespace lmos::serve
