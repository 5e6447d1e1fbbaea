#include "pipeline/config_service.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace lmos {
namespace {

std::atomic<const lmos_host*> error_host = nullptr;

static_assert(static_cast<int>(ConfigKind::kNull) == LMOS_CONFIG_NULL &&
              static_cast<int>(ConfigKind::kBool) == LMOS_CONFIG_BOOL &&
              static_cast<int>(ConfigKind::kInt) == LMOS_CONFIG_INT &&
              static_cast<int>(ConfigKind::kFloat) == LMOS_CONFIG_FLOAT &&
              static_cast<int>(ConfigKind::kString) == LMOS_CONFIG_STRING &&
              static_cast<int>(ConfigKind::kList) == LMOS_CONFIG_LIST &&
              static_cast<int>(ConfigKind::kSection) == LMOS_CONFIG_MAP);

const ConfigTree& tree_of(const lmos_config* node) {
  return *reinterpret_cast<const ConfigTree*>(node);
}

lmos_string borrow(std::string_view text) { return {text.data(), text.size()}; }

// Runs `read`; an exception becomes LMOS_INVALID with its text.
template <typename Read>
lmos_status guarded(Read read) {
  try {
    read();
    return LMOS_OK;
  } catch (const std::exception& error) {
    const lmos_host* host = error_host;
    host->set_error(host, borrow(error.what()));
    return LMOS_INVALID;
  }
}

int32_t kind(const lmos_config* node) { return static_cast<int32_t>(tree_of(node).kind()); }

uint64_t size(const lmos_config* node) {
  const ConfigTree& tree = tree_of(node);
  if (tree.is_list()) return tree.items().size();
  return tree.is_section() ? tree.members().size() : 0;
}

const lmos_config* get(const lmos_config* node, lmos_string key) {
  const ConfigTree* child = tree_of(node).find(std::string_view(key.data, key.size));
  return child ? config_node(*child) : nullptr;
}

const lmos_config* at(const lmos_config* node, uint64_t index, lmos_string* key) {
  const ConfigTree& tree = tree_of(node);
  if (index >= size(node)) return nullptr;
  if (tree.is_list()) return config_node(tree.items()[index]);
  const ConfigMember& member = tree.members()[index];
  if (key) *key = borrow(member.key);
  return config_node(member.value);
}

lmos_status as_bool(const lmos_config* node, int32_t* value) {
  return guarded([&] { *value = tree_of(node).as_bool() ? 1 : 0; });
}

lmos_status as_int(const lmos_config* node, int64_t* value) {
  return guarded([&] { *value = tree_of(node).as_int(); });
}

lmos_status as_float(const lmos_config* node, double* value) {
  return guarded([&] { *value = tree_of(node).as_double(); });
}

lmos_status as_string(const lmos_config* node, lmos_string* value) {
  return guarded([&] { *value = borrow(tree_of(node).as_string()); });
}

lmos_string place(const lmos_config* node) {
  // The text has to live as long as the node does. Plugins ask for it in error messages only, so
  // each distinct one is kept for good.
  static std::mutex mutex;
  static std::set<std::string, std::less<>> texts;
  try {
    const std::lock_guard lock(mutex);
    return borrow(*texts.insert(tree_of(node).place().text()).first);
  } catch (const std::exception&) {
    return {nullptr, 0};
  }
}

}  // namespace

const lmos_host_config& config_service(const lmos_host* host) {
  static const lmos_host_config kTable = {.struct_size = sizeof(lmos_host_config),
                                          .reserved = 0,
                                          .kind = kind,
                                          .size = size,
                                          .get = get,
                                          .at = at,
                                          .as_bool = as_bool,
                                          .as_int = as_int,
                                          .as_float = as_float,
                                          .as_string = as_string,
                                          .place = place};
  error_host = host;
  return kTable;
}

const lmos_config* config_node(const ConfigTree& tree) {
  return reinterpret_cast<const lmos_config*>(&tree);
}

}  // namespace lmos
