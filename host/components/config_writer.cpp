#include "components/config_writer.h"

#include "errors/error.h"
#include "llmasos/text.hpp"

namespace lmos::components {

using sdk::view;

ConfigTreeWriter& ConfigTreeWriter::of(lmos_config_writer* writer) {
  return *static_cast<ConfigTreeWriter*>(writer->context);
}

lmos_status ConfigTreeWriter::put(lmos_string key, ConfigTree value) {
  Level& level = levels_.back();
  if (level.list != (key.size == 0)) return LMOS_INVALID;
  if (level.list)
    level.items.push_back(std::move(value));
  else
    level.members.push_back({std::string(view(key)), std::move(value), {}});
  return LMOS_OK;
}

lmos_status ConfigTreeWriter::begin(lmos_config_writer* writer, lmos_string key, bool list) {
  auto& self = of(writer);
  if (self.levels_.back().list != (key.size == 0)) return LMOS_INVALID;
  self.levels_.push_back({.list = list, .key = std::string(view(key))});
  return LMOS_OK;
}

ConfigTreeWriter::ConfigTreeWriter() {
  levels_.emplace_back();
  writer_.struct_size = sizeof(writer_);
  writer_.context = this;
  writer_.put_null = [](lmos_config_writer* w, lmos_string key) {
    return of(w).put(key, ConfigTree::null());
  };
  writer_.put_bool = [](lmos_config_writer* w, lmos_string key, int32_t value) {
    return of(w).put(key, ConfigTree::boolean(value != 0));
  };
  writer_.put_int = [](lmos_config_writer* w, lmos_string key, int64_t value) {
    return of(w).put(key, ConfigTree::integer(value));
  };
  writer_.put_float = [](lmos_config_writer* w, lmos_string key, double value) {
    return of(w).put(key, ConfigTree::number(value));
  };
  writer_.put_string = [](lmos_config_writer* w, lmos_string key, lmos_string value) {
    return of(w).put(key, ConfigTree::string(std::string(view(value))));
  };
  writer_.begin_map = [](lmos_config_writer* w, lmos_string key) { return begin(w, key, false); };
  writer_.begin_list = [](lmos_config_writer* w, lmos_string key) { return begin(w, key, true); };
  writer_.end = [](lmos_config_writer* w) -> lmos_status {
    auto& self = of(w);
    if (self.levels_.size() < 2) return LMOS_INVALID;
    Level level = std::move(self.levels_.back());
    self.levels_.pop_back();
    ConfigTree tree = level.list ? ConfigTree::list(std::move(level.items))
                                 : ConfigTree::section(std::move(level.members));
    return self.put(sdk::borrow(level.key), std::move(tree));
  };
}

ConfigTree ConfigTreeWriter::take() {
  if (levels_.size() != 1)
    throw Error(ErrorKind::kPlugin, "the plugin left a map or list of its configuration open");
  ConfigTree tree = ConfigTree::section(std::move(levels_.back().members));
  levels_.assign(1, {});
  return tree;
}

}  // namespace lmos::components
