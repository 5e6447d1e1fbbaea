#include "pipeline/json_tree.h"

#include <utility>
#include <vector>

#include "formats/json.h"

namespace lmos {
namespace {

ConfigTree convert(const Json& json, const std::string& where, const std::string& path) {
  Place place = Place::in(path.empty() ? where : where + ": " + path);
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (json.is_bool()) return ConfigTree::boolean(json.as_bool(where), std::move(place));
  if (json.is_int64()) return ConfigTree::integer(json.as_int64(where), std::move(place));
  if (json.is_number()) return ConfigTree::number(json.as_double(where), std::move(place));
  if (json.is_string()) return ConfigTree::string(json.as_string(where), std::move(place));
  if (json.is_array()) {
    std::vector<ConfigTree> items;
    for (const Json& item : json.as_array(where)) {
      items.push_back(convert(item, where, below(std::to_string(items.size()))));
    }
    return ConfigTree::list(std::move(items), std::move(place));
  }
  if (json.is_object()) {
    std::vector<ConfigMember> members;
    for (const JsonMember& member : json.as_object(where)) {
      ConfigTree value = convert(member.value, where, below(member.key));
      const Place key_place = value.place();
      members.push_back({member.key, std::move(value), key_place});
    }
    return ConfigTree::section(std::move(members), std::move(place));
  }
  return ConfigTree::null(std::move(place));
}

}  // namespace

ConfigTree config_tree_from_json(const Json& json, const std::string& where) {
  return convert(json, where, "");
}

Json json_from_config_tree(const ConfigTree& tree) {
  switch (tree.kind()) {
    case ConfigKind::kNull:
      return Json();
    case ConfigKind::kBool:
      return Json(tree.as_bool());
    case ConfigKind::kInt:
      return Json(tree.as_int());
    case ConfigKind::kFloat:
      return Json(tree.as_double());
    case ConfigKind::kString:
      return Json(tree.as_string());
    case ConfigKind::kList: {
      Json::Array array;
      for (const ConfigTree& item : tree.items()) array.push_back(json_from_config_tree(item));
      return Json(std::move(array));
    }
    case ConfigKind::kSection: {
      Json::Object object;
      for (const ConfigMember& member : tree.members()) {
        object.push_back({member.key, json_from_config_tree(member.value)});
      }
      return Json(std::move(object));
    }
  }
  return Json();
}

}  // namespace lmos
