// Where a configuration value was written, for messages.
#pragma once

#include <memory>
#include <string>

namespace lmos {

// A source (a file's name, "--set", "default") and a position in it. Copies share the name.
struct Place {
  std::shared_ptr<const std::string> source;  // null: nowhere in particular
  int line = 0;                               // from 1; 0: the source as a whole
  int column = 0;                             // from 1, in characters, not bytes

  static Place in(std::string name) {
    return {std::make_shared<const std::string>(std::move(name)), 0, 0};
  }

  // The same source at a position in it.
  Place at(int new_line, int new_column) const { return {source, new_line, new_column}; }

  // "file:line:column", "--set", or "" for nowhere.
  std::string text() const {
    if (!source) return "";
    if (line == 0) return *source;
    return *source + ":" + std::to_string(line) + ":" + std::to_string(column);
  }
};

}  // namespace lmos
