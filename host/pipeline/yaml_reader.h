// YAML to a configuration tree.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "pipeline/config_tree.h"

namespace lmos {

// What a file may hold at most; beyond it is an error, whatever the memory of the machine.
struct YamlLimits {
  static constexpr int kDepth = 64;              // nested lists and sections
  static constexpr size_t kValues = 100'000;     // after aliases are expanded
  static constexpr size_t kTextBytes = 4 << 20;  // of strings and keys, after aliases are expanded
};

// One YAML document, typed by the core schema of YAML 1.2. An empty one is a null tree.
// Throws Error(kConfiguration) with "name:line:column: " for malformed text, duplicate keys, more
// than one document, tags outside the core schema, an alias inside its own anchor, and exceeded
// limits. `source`: names the text in messages.
ConfigTree parse_yaml(std::string text, const Place& source);

// The text of a file, at most as long as parse_yaml takes; an unreadable one is
// Error(kConfiguration).
std::string read_yaml_text(const std::filesystem::path& path);

// The same from a file; an unreadable one is Error(kConfiguration).
ConfigTree read_yaml_file(const std::filesystem::path& path);

}  // namespace lmos
