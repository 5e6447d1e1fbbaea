// On whose behalf a request is served.
#pragma once

#include <functional>
#include <string>

namespace lmos::serve {

struct Tenant {
  std::string id;  // of its API key; "" where none is asked for
  // May do what concerns everybody: see all jobs, load and unload models.
  bool admin = false;
  // Counts tokens against its limit; may be empty.
  std::function<void(int64_t tokens)> charge;
};

}  // namespace lmos::serve
