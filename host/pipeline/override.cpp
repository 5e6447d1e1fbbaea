#include "pipeline/override.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "errors/error.h"
#include "pipeline/quoted_text.h"
#include "pipeline/yaml_reader.h"

namespace lmos {
namespace {

const Place& set_place() {
  static const Place kPlace = Place::in("--set");
  return kPlace;
}

// The same tree, all of it written at `place`.
ConfigTree placed(const ConfigTree& tree, const Place& place) {
  switch (tree.kind()) {
    case ConfigKind::kNull:
      return ConfigTree::null(place);
    case ConfigKind::kBool:
      return ConfigTree::boolean(tree.as_bool(), place);
    case ConfigKind::kInt:
      return ConfigTree::integer(tree.as_int(), place);
    case ConfigKind::kFloat:
      return ConfigTree::number(tree.as_double(), place);
    case ConfigKind::kString:
      return ConfigTree::string(tree.as_string(), place);
    case ConfigKind::kList: {
      std::vector<ConfigTree> items;
      for (const ConfigTree& item : tree.items()) items.push_back(placed(item, place));
      return ConfigTree::list(std::move(items), place);
    }
    case ConfigKind::kSection: {
      std::vector<ConfigMember> members;
      for (const ConfigMember& member : tree.members()) {
        members.push_back({member.key, placed(member.value, place), place});
      }
      return ConfigTree::section(std::move(members), place);
    }
  }
  return {};
}

[[noreturn]] void fail(std::string_view path, const std::string& what) {
  throw Error(ErrorKind::kConfiguration, "--set: " + std::string(path) + ": " + what);
}

// `tree` with the value at keys[depth...] replaced. `path`: all keys, for messages.
ConfigTree replace(const ConfigTree& tree, const std::vector<std::string_view>& keys, size_t depth,
                   const ConfigTree& value, std::string_view path) {
  if (depth == keys.size()) return value;
  const std::string_view key = keys[depth];
  if (tree.is_null()) {
    if (std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      fail(path,
           in_quotes(key) + " would index a list that the file does not have; set the whole list");
    }
    return replace(ConfigTree::section({}, set_place()), keys, depth, value, path);
  }
  if (tree.is_section()) {
    const ConfigTree* child = tree.find(key);
    return tree.with(key, replace(child ? *child : ConfigTree(), keys, depth + 1, value, path));
  }
  if (!tree.is_list()) {
    fail(path, in_quotes(key) + " cannot be set inside " + describe(tree));
  }
  size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (error != std::errc() || end != key.data() + key.size() || index >= tree.items().size()) {
    fail(path, in_quotes(key) + " is no index into a " + describe(tree) + "; indices count from 0");
  }
  std::vector<ConfigTree> items = tree.items();
  items[index] = replace(items[index], keys, depth + 1, value, path);
  return ConfigTree::list(std::move(items), tree.place());
}

}  // namespace

ConfigTree apply_override(const ConfigTree& tree, const std::string& assignment) {
  const size_t equals = assignment.find('=');
  const std::string_view path = std::string_view(assignment).substr(0, equals);
  if (equals == std::string::npos || path.empty()) {
    throw Error(ErrorKind::kUsage,
                "--set takes key.path=value, such as --set train.steps=100; found " +
                    in_quotes(assignment));
  }
  std::vector<std::string_view> keys;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    keys.push_back(path.substr(start, dot - start));
    if (keys.back().empty()) {
      throw Error(ErrorKind::kUsage, "--set: the path " + in_quotes(path) + " has an empty part");
    }
    if (keys.size() > YamlLimits::kDepth) {
      throw Error(ErrorKind::kUsage, "--set: the path " + in_quotes(path) + " is too deep");
    }
    start = dot + 1;
  }
  const ConfigTree value = parse_yaml(assignment.substr(equals + 1), Place::in("--set value"));
  return replace(tree, keys, 0, placed(value, set_place()), path);
}

}  // namespace lmos
