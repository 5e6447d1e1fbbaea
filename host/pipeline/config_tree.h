// The typed tree that every configuration becomes, whether it was YAML, JSON or built by a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/place.h"

namespace lmos {

struct ConfigMember;

enum class ConfigKind { kNull, kBool, kInt, kFloat, kString, kList, kSection };

// One immutable node with all that is below it. Copying shares it, so a copy costs a reference
// count; the address of a child stays valid while any handle to its parent lives. Any thread may
// read. Two trees are equal when their values are, wherever they were written; a section's order
// counts.
class ConfigTree {
 public:
  ConfigTree();  // null, nowhere

  static ConfigTree null(Place place = {});
  static ConfigTree boolean(bool value, Place place = {});
  static ConfigTree integer(int64_t value, Place place = {});
  static ConfigTree number(double value, Place place = {});
  static ConfigTree string(std::string value, Place place = {});
  static ConfigTree list(std::vector<ConfigTree> items, Place place = {});
  // Keys must differ from one another; throws Error(kInternal) when they don't.
  static ConfigTree section(std::vector<ConfigMember> members, Place place = {});

  ConfigKind kind() const;
  const Place& place() const;
  bool is_null() const { return kind() == ConfigKind::kNull; }
  bool is_list() const { return kind() == ConfigKind::kList; }
  bool is_section() const { return kind() == ConfigKind::kSection; }

  // Each throws Error(kConfiguration) with the place when the node is of another kind.
  bool as_bool() const;
  int64_t as_int() const;
  double as_double() const;  // integers are converted
  const std::string& as_string() const;
  const std::vector<ConfigTree>& items() const&;
  const std::vector<ConfigMember>& members() const&;  // in the order of the file
  void items() const&& = delete;  // a loop over a temporary tree's children would outlive them
  void members() const&& = delete;

  // The value under `key`, or null when this is no section or has no such key.
  const ConfigTree* find(std::string_view key) const;
  // The same through several levels: "train.steps", "optimizer.betas.0".
  const ConfigTree* find_path(std::string_view path) const;

  // A copy in which `key` has this value: where the key was, or at the end. Section only.
  ConfigTree with(std::string_view key, ConfigTree value) const;
  // A copy without `key`. Section only.
  ConfigTree without(std::string_view key) const;

  bool operator==(const ConfigTree& other) const;

 private:
  struct Data;
  explicit ConfigTree(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  std::shared_ptr<const Data> data_;  // never null
};

struct ConfigMember {
  std::string key;
  ConfigTree value;
  Place place;  // of the key
};

// "integer", "string", ... as messages call the kind.
std::string_view kind_name(ConfigKind kind);

// The value with its kind for a message, long ones cut: "string 'many'", "list of 3".
std::string describe(const ConfigTree& tree);

}  // namespace lmos
