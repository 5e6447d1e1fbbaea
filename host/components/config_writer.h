// lmos_config_writer that collects a tree.
#pragma once

#include <string>
#include <vector>

#include "llmasos/config.h"
#include "pipeline/config_tree.h"

namespace lmos::components {

class ConfigTreeWriter {
 public:
  ConfigTreeWriter();
  ConfigTreeWriter(const ConfigTreeWriter&) = delete;
  ConfigTreeWriter& operator=(const ConfigTreeWriter&) = delete;

  // For one plugin call; this object's.
  lmos_config_writer* writer() { return &writer_; }
  // What was written, as a section. Error(kPlugin) if a map or list was left open.
  ConfigTree take();

 private:
  struct Level {
    bool list = false;
    std::string key;  // its own, in the level above
    std::vector<ConfigMember> members;
    std::vector<ConfigTree> items;
  };
  static ConfigTreeWriter& of(lmos_config_writer* writer);
  static lmos_status begin(lmos_config_writer* writer, lmos_string key, bool list);
  lmos_status put(lmos_string key, ConfigTree value);

  lmos_config_writer writer_{};
  std::vector<Level> levels_;
};

}  // namespace lmos::components
