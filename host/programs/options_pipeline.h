// A pipeline put together from a command's options.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/config_tree.h"
#include "programs/arguments.h"

namespace lmos {

class OptionsPipeline {
 public:
  // Reads the options that commands with a model share: model, adapter, weights, tokenizer,
  // backend, compute, threads.
  OptionsPipeline(const std::string& kind, const Arguments& arguments);

  // `path`: "section.key". Each once.
  void put(std::string_view path, ConfigTree value);
  void put(std::string_view path, const std::string& value);
  void put(std::string_view path, const char* value) { put(path, std::string(value)); }
  void put(std::string_view path, bool value);
  void put(std::string_view path, double value);
  void put(std::string_view path, int64_t value);
  void put_list(std::string_view path, const std::vector<std::string>& values);
  // The options max-tokens and stop, where given, as keys of `section`.
  void put_text_limits(const std::string& section, const Arguments& arguments);

  const ConfigTree& tree() const { return tree_; }

 private:
  ConfigTree tree_;
};

}  // namespace lmos
