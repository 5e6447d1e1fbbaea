// What every template can use: filters, tests, functions, and the methods of texts and
// dictionaries.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chat_template/value.h"

namespace lmos::chat {

using Filter = Value (*)(Evaluator& evaluator, const Value& value, const Arguments& arguments);
using Test = bool (*)(Evaluator& evaluator, const Value& value, const Arguments& arguments);

// Null if there is none of that name.
Filter find_filter(std::string_view name);
Test find_test(std::string_view name);

const std::unordered_map<std::string, Value>& global_functions();

// A method of the value, bound to it; undefined if it has none of that name.
Value method_of(const Value& value, std::string_view name);
// value.name and value[key], as Jinja looks them up.
Value attribute_of(const Value& value, const std::string& name);
Value item_of(const Value& value, const Value& key);

// The elements of a list, the keys of a dictionary, the characters of a text; nothing of something
// undefined. Failure for what has none.
std::vector<Value> items_of(const Value& value);
bool contains(const Value& container, const Value& item);

// Callable from a template.
Value function(Value (*call)(Evaluator& evaluator, const Arguments& arguments));

// Arguments by place or name.
int64_t int_argument(const Arguments& arguments, size_t index, std::string_view name,
                     int64_t otherwise);
bool bool_argument(const Arguments& arguments, size_t index, std::string_view name, bool otherwise);
// Null if absent; Failure if it is no text.
const std::string* text_argument(const Arguments& arguments, size_t index, std::string_view name);

}  // namespace lmos::chat
