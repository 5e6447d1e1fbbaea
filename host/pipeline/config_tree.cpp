#include "pipeline/config_tree.h"

#include <charconv>
#include <cmath>
#include <unordered_set>
#include <variant>

#include "errors/error.h"
#include "pipeline/quoted_text.h"
#include "pipeline/yaml_scalar.h"

namespace lmos {

struct ConfigTree::Data {
  // The alternatives are in the order of ConfigKind.
  std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<ConfigTree>,
               std::vector<ConfigMember>>
      value;
  Place place;
};

namespace {

[[noreturn]] void fail_kind(const ConfigTree& tree, std::string_view expected) {
  const std::string place = tree.place().text();
  throw Error(ErrorKind::kConfiguration, (place.empty() ? "" : place + ": ") + "expected " +
                                             std::string(expected) + ", found " + describe(tree));
}

}  // namespace

ConfigTree::ConfigTree() {
  static const auto kNowhere = std::make_shared<const Data>();
  data_ = kNowhere;
}

ConfigTree ConfigTree::null(Place place) {
  return ConfigTree(std::make_shared<const Data>(Data{std::monostate(), std::move(place)}));
}

ConfigTree ConfigTree::boolean(bool value, Place place) {
  return ConfigTree(std::make_shared<const Data>(Data{value, std::move(place)}));
}

ConfigTree ConfigTree::integer(int64_t value, Place place) {
  return ConfigTree(std::make_shared<const Data>(Data{value, std::move(place)}));
}

ConfigTree ConfigTree::number(double value, Place place) {
  return ConfigTree(std::make_shared<const Data>(Data{value, std::move(place)}));
}

ConfigTree ConfigTree::string(std::string value, Place place) {
  return ConfigTree(std::make_shared<const Data>(Data{std::move(value), std::move(place)}));
}

ConfigTree ConfigTree::list(std::vector<ConfigTree> items, Place place) {
  return ConfigTree(std::make_shared<const Data>(Data{std::move(items), std::move(place)}));
}

ConfigTree ConfigTree::section(std::vector<ConfigMember> members, Place place) {
  std::unordered_set<std::string_view> keys;
  for (const ConfigMember& member : members) {
    if (!keys.insert(member.key).second) {
      throw Error(ErrorKind::kInternal,
                  "a section has the key " + in_quotes(member.key) + " twice");
    }
  }
  return ConfigTree(std::make_shared<const Data>(Data{std::move(members), std::move(place)}));
}

ConfigKind ConfigTree::kind() const { return static_cast<ConfigKind>(data_->value.index()); }

const Place& ConfigTree::place() const { return data_->place; }

bool ConfigTree::as_bool() const {
  if (kind() != ConfigKind::kBool) fail_kind(*this, "true or false");
  return std::get<bool>(data_->value);
}

int64_t ConfigTree::as_int() const {
  if (kind() != ConfigKind::kInt) fail_kind(*this, "an integer");
  return std::get<int64_t>(data_->value);
}

double ConfigTree::as_double() const {
  if (kind() == ConfigKind::kInt) return static_cast<double>(std::get<int64_t>(data_->value));
  if (kind() != ConfigKind::kFloat) fail_kind(*this, "a number");
  return std::get<double>(data_->value);
}

const std::string& ConfigTree::as_string() const {
  if (kind() != ConfigKind::kString) fail_kind(*this, "a string");
  return std::get<std::string>(data_->value);
}

const std::vector<ConfigTree>& ConfigTree::items() const& {
  if (!is_list()) fail_kind(*this, "a list");
  return std::get<std::vector<ConfigTree>>(data_->value);
}

const std::vector<ConfigMember>& ConfigTree::members() const& {
  if (!is_section()) fail_kind(*this, "a section");
  return std::get<std::vector<ConfigMember>>(data_->value);
}

const ConfigTree* ConfigTree::find(std::string_view key) const {
  if (!is_section()) return nullptr;
  for (const ConfigMember& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const ConfigTree* ConfigTree::find_path(std::string_view path) const {
  const ConfigTree* tree = this;
  while (tree) {
    const size_t dot = path.find('.');
    const std::string_view key = path.substr(0, dot);
    if (tree->is_list()) {
      size_t index = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
      const bool found = error == std::errc() && end == key.data() + key.size();
      tree = found && index < tree->items().size() ? &tree->items()[index] : nullptr;
    } else {
      tree = tree->find(key);
    }
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return tree;
}

ConfigTree ConfigTree::with(std::string_view key, ConfigTree value) const {
  std::vector<ConfigMember> changed = members();
  for (ConfigMember& member : changed) {
    if (member.key == key) {
      member.value = std::move(value);
      return section(std::move(changed), place());
    }
  }
  const Place where = value.place();
  changed.push_back({std::string(key), std::move(value), where});
  return section(std::move(changed), place());
}

ConfigTree ConfigTree::without(std::string_view key) const {
  std::vector<ConfigMember> kept;
  for (const ConfigMember& member : members()) {
    if (member.key != key) kept.push_back(member);
  }
  return section(std::move(kept), place());
}

bool ConfigTree::operator==(const ConfigTree& other) const {
  if (data_ == other.data_) return true;
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case ConfigKind::kFloat: {
      const double a = as_double(), b = other.as_double();
      return a == b || (std::isnan(a) && std::isnan(b));
    }
    case ConfigKind::kList:
      return items() == other.items();
    case ConfigKind::kSection: {
      const auto &a = members(), &b = other.members();
      if (a.size() != b.size()) return false;
      for (size_t i = 0; i < a.size(); ++i) {
        if (a[i].key != b[i].key || !(a[i].value == b[i].value)) return false;
      }
      return true;
    }
    case ConfigKind::kNull:
      return true;
    case ConfigKind::kBool:
      return as_bool() == other.as_bool();
    case ConfigKind::kInt:
      return as_int() == other.as_int();
    case ConfigKind::kString:
      return as_string() == other.as_string();
  }
  return false;
}

std::string_view kind_name(ConfigKind kind) {
  switch (kind) {
    case ConfigKind::kNull:
      return "nothing";
    case ConfigKind::kBool:
      return "boolean";
    case ConfigKind::kInt:
      return "integer";
    case ConfigKind::kFloat:
      return "number";
    case ConfigKind::kString:
      return "string";
    case ConfigKind::kList:
      return "list";
    case ConfigKind::kSection:
      return "section";
  }
  return "?";
}

std::string describe(const ConfigTree& tree) {
  const std::string name(kind_name(tree.kind()));
  switch (tree.kind()) {
    case ConfigKind::kNull:
      return name;
    case ConfigKind::kBool:
      return name + (tree.as_bool() ? " true" : " false");
    case ConfigKind::kInt:
      return name + " " + std::to_string(tree.as_int());
    case ConfigKind::kFloat:
      return name + " " + format_double(tree.as_double());
    case ConfigKind::kString:
      return name + " " + in_quotes(tree.as_string());
    case ConfigKind::kList:
      return name + " of " + std::to_string(tree.items().size());
    case ConfigKind::kSection:
      return "a " + name + " of " + std::to_string(tree.members().size()) + " keys";
  }
  return name;
}

}  // namespace lmos
