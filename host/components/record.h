// One record of a data set: named values, and where they were read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/config_tree.h"

namespace lmos::components {

// The getters throw Error(kInput) that begins with the place for a field that is absent or of
// another kind.
class Record {
 public:
  Record() = default;
  Record(ConfigTree fields, std::string place)
      : fields_(std::move(fields)), place_(std::move(place)) {}

  // "train.tsv:7".
  const std::string& place() const { return place_; }
  const ConfigTree& fields() const { return fields_; }
  // The value, or null when it is absent or null.
  const ConfigTree* find(std::string_view field) const;

  // A string as it is; a number or a bool as JSON writes it.
  std::string text(std::string_view field) const;
  // An integer, or text that is one (files of lines know no types).
  int64_t integer(std::string_view field) const;
  // A number, or text that is one.
  double number(std::string_view field) const;

  // Throws Error(kInput): the place, then `message`.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  const ConfigTree& at(std::string_view field) const;

  ConfigTree fields_;
  std::string place_;
};

}  // namespace lmos::components
