// What a configuration may hold: one description that validation, the JSON Schema and the reference
// share.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/config_tree.h"

namespace lmos {

enum class FieldType { kBool, kInt, kFloat, kString, kList, kSection, kAny };

// What is done with the path that a value is; values of kAny hold it as a string or in a list.
enum class PathUse {
  kNone,   // it is no path
  kRead,   // a file, a folder, or a pattern for files
  kWrite,  // a file or folder that is made
  kLoad,   // holds code
};

// A section with a `plugin` key, whose other fields that plugin supplies.
struct PluginPart {
  std::string interface_id;   // "lmos.model/1"
  std::string subsection;     // the field that receives the plugin's fields; "": the section itself
  std::string replacing_key;  // when this key is given, the plugin's fields are neither required
                              // nor allowed; "": they always apply
};

// One key of a section, or the elements of a list.
struct Field {
  std::string name;  // empty for a list's element
  FieldType type = FieldType::kString;
  bool required = false;
  // Taken when the key is absent. Without one an optional key stays absent. For a section, an empty
  // one means: complete it with its own defaults.
  std::optional<ConfigTree> default_value;
  std::optional<double> minimum, maximum;  // of int and float; inclusive unless the next line says
  bool above_minimum = false, below_maximum = false;  // the bound itself is refused
  std::optional<size_t> length;                       // of list: exactly so many elements
  bool non_empty = false;                             // of string
  std::vector<std::string> choices;                   // of string; empty: any
  std::map<std::string, std::string> aliases;         // of string: other spelling -> choice
  std::string unit;                                   // "tokens", "bytes"; empty: none
  std::string doc;                                    // a sentence or two, in Markdown
  std::shared_ptr<const Field> element;               // of list
  std::vector<Field> fields;                          // of section
  std::optional<PluginPart> plugin;                   // of section
  PathUse path = PathUse::kNone;
  std::string refusal;  // when not empty: the key is known but not allowed here, and why
};

// How the host's schema learns what plugins there are. Both are called on the validating thread
// only.
struct PluginSchemas {
  // The fields of a plugin's section; none if no plugin of that name offers the interface.
  std::function<std::optional<std::vector<Field>>(std::string_view interface_id,
                                                  std::string_view plugin)>
      fields;
  // The names of the plugins that offer the interface, sorted.
  std::function<std::vector<std::string>(std::string_view interface_id)> names;
};

// The field of that name, or null.
const Field* find_field(const std::vector<Field>& fields, std::string_view name);

// The section's fields once the plugin is known: its own and the plugin's. `replaced`:
// replacing_key was given, so the plugin's fields are refused.
std::vector<Field> with_plugin_fields(const Field& section, std::vector<Field> plugin_fields,
                                      bool replaced);

// "at least 1", "between 0 and 1", "greater than 0 and at most 2", "" without bounds.
std::string bounds_text(const Field& field);

// "integer", "list, each number", as messages and the reference name the type.
std::string type_text(const Field& field);

}  // namespace lmos
