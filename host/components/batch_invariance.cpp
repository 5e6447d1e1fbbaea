#include "components/batch_invariance.h"

#include "llmasos/backend.h"

namespace lmos::components {

ConfigTree with_batch_invariance(const ConfigTree& options, const std::string& backend,
                                 const PluginSchemas& plugins) {
  constexpr const char* kField = "batch_invariant";
  const auto fields = plugins.fields(LMOS_BACKEND_ID, backend);
  if (!fields || find_field(*fields, kField) == nullptr || options.find(kField) != nullptr)
    return options;
  return options.with(kField, ConfigTree::boolean(true, Place::in("default")));
}

}  // namespace lmos::components
