#include "chat_template/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "chat_template/failure.h"
#include "chat_template/text.h"

namespace lmos::chat {

const Value* Arguments::find(size_t index, std::string_view name) const {
  if (index < positional.size()) return &positional[index];
  for (const auto& [key, value] : named)
    if (key == name) return &value;
  return nullptr;
}

const Value* Dict::find(std::string_view key) const {
  for (const auto& [name, value] : items)
    if (name.text() != nullptr && *name.text() == key) return &value;
  return nullptr;
}

const Value* Dict::find(const Value& key) const {
  for (const auto& [name, value] : items)
    if (name == key) return &value;
  return nullptr;
}

void Dict::set(Value key, Value value) {
  for (auto& [name, old] : items) {
    if (name != key) continue;
    old = std::move(value);
    return;
  }
  items.emplace_back(std::move(key), std::move(value));
}

Value Value::from(const Json& json) {
  constexpr const char* kWhere = "template variables";
  if (json.is_null()) return None{};
  if (json.is_bool()) return json.as_bool(kWhere);
  if (json.is_int64()) return json.as_int64(kWhere);
  if (json.is_number()) return json.as_double(kWhere);
  if (json.is_string()) return json.as_string(kWhere);
  if (json.is_array()) {
    List list;
    for (const Json& item : json.as_array(kWhere)) list.items.push_back(from(item));
    return list;
  }
  Dict dict;
  for (const JsonMember& member : json.as_object(kWhere))
    dict.items.emplace_back(member.key, from(member.value));
  return dict;
}

namespace {

// Values within each other are compared, written and freed by recursion.
constexpr int kDeepest = 200;

int checked(int depth) {
  if (depth > kDeepest) throw Failure("lists and dictionaries are nested too deeply");
  return depth;
}

}  // namespace

Value::Value(List list) {
  int deepest = 0;
  for (const Value& item : list.items) deepest = std::max(deepest, item.depth());
  list.depth = checked(deepest + 1);
  data_ = std::make_shared<const List>(std::move(list));
}

Value::Value(Dict dict) {
  int deepest = 0;
  for (const auto& [key, value] : dict.items) deepest = std::max(deepest, value.depth());
  dict.depth = checked(deepest + 1);
  data_ = std::make_shared<const Dict>(std::move(dict));
}

int Value::depth() const {
  if (list() != nullptr) return list()->depth;
  const auto* dict = shared<const Dict>();
  return dict != nullptr ? dict->depth : 0;
}

bool Value::holds_namespace() const {
  if (name_space() != nullptr) return true;
  if (list() != nullptr)
    return std::ranges::any_of(list()->items,
                               [](const Value& item) { return item.holds_namespace(); });
  return dict() != nullptr && std::ranges::any_of(dict()->items, [](const auto& item) {
           return item.second.holds_namespace();
         });
}

const Dict* Value::dict() const {
  if (const auto* space = name_space()) return &(*space)->members;
  return shared<const Dict>();
}

int64_t Value::as_int() const {
  if (const bool* boolean = std::get_if<bool>(&data_)) return *boolean ? 1 : 0;
  return std::get<int64_t>(data_);
}

double Value::as_double() const {
  return is_int() ? static_cast<double>(as_int()) : std::get<double>(data_);
}

bool Value::truth() const {
  if (is_undefined() || is_none()) return false;
  if (is_number()) return as_double() != 0;
  if (text() != nullptr) return !text()->empty();
  if (list() != nullptr) return !list()->items.empty();
  if (shared<const Dict>() != nullptr) return !dict()->items.empty();
  return true;
}

std::string Value::type_name() const {
  if (is_undefined()) return "undefined";
  if (is_none()) return "none";
  if (is_bool()) return "bool";
  if (is_int()) return "int";
  if (is_float()) return "float";
  if (text() != nullptr) return "str";
  if (list() != nullptr) return list()->tuple ? "tuple" : "list";
  if (name_space() != nullptr) return "namespace";
  return dict() != nullptr ? "dict" : "function";
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char digits[40];
  const double size = std::fabs(number);
  const bool scientific = size != 0 && (size < 1e-4 || size >= 1e16);
  const auto end =
      std::to_chars(digits, digits + sizeof digits, number,
                    scientific ? std::chars_format::scientific : std::chars_format::fixed);
  std::string text(digits, end.ptr);
  if (!scientific && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string Value::str() const {
  if (is_undefined()) return "";
  return text() != nullptr ? *text() : repr();
}

namespace {

std::string joined(const std::vector<Value>& items) {
  std::string all;
  for (size_t i = 0; i < items.size(); ++i) all += (i == 0 ? "" : ", ") + items[i].repr();
  return all;
}

}  // namespace

std::string Value::repr() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "None";
  if (is_bool()) return as_int() != 0 ? "True" : "False";
  if (is_int()) return std::to_string(as_int());
  if (is_float()) return float_text(as_double());
  if (text() != nullptr) return quoted(*text());
  if (list() != nullptr) {
    const std::string items = joined(list()->items);
    if (!list()->tuple) return "[" + items + "]";
    return "(" + items + (list()->items.size() == 1 ? ",)" : ")");
  }
  if (dict() != nullptr) {
    std::string all = "{";
    for (const auto& [key, value] : dict()->items)
      all += (all.size() == 1 ? "" : ", ") + key.repr() + ": " + value.repr();
    return all + "}";
  }
  return "<function>";
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    return a.is_int() && b.is_int() ? a.as_int() == b.as_int() : a.as_double() == b.as_double();
  }
  if (a.text() != nullptr && b.text() != nullptr) return *a.text() == *b.text();
  if (a.list() != nullptr && b.list() != nullptr)
    return a.list()->tuple == b.list()->tuple && a.list()->items == b.list()->items;
  if (a.dict() != nullptr && b.dict() != nullptr) {
    const Dict &left = *a.dict(), &right = *b.dict();
    return left.items.size() == right.items.size() &&
           std::ranges::all_of(left.items, [&](const auto& item) {
             const Value* other = right.find(item.first);
             return other != nullptr && *other == item.second;
           });
  }
  if (a.is_none() || a.is_undefined()) return a.data_.index() == b.data_.index();
  return a.callable() != nullptr && a.callable() == b.callable();
}

std::partial_ordering Value::order(const Value& a, const Value& b) {
  if (a.is_int() && b.is_int()) return a.as_int() <=> b.as_int();
  if (a.is_number() && b.is_number()) return a.as_double() <=> b.as_double();
  // The order of UTF-8 bytes is that of code points.
  if (a.text() != nullptr && b.text() != nullptr) return a.text()->compare(*b.text()) <=> 0;
  if (a.list() != nullptr && b.list() != nullptr) {
    const auto &left = a.list()->items, &right = b.list()->items;
    for (size_t i = 0; i < left.size() && i < right.size(); ++i)
      if (!(left[i] == right[i])) return order(left[i], right[i]);
    return left.size() <=> right.size();
  }
  throw Failure("a " + a.type_name() + " and a " + b.type_name() + " have no order");
}

namespace {

// A key that is no text, as JSON must have one.
std::string key_text(const Value& key) {
  if (key.text() != nullptr) return *key.text();
  return key.is_none() || key.is_bool() ? to_json(key, {}) : key.str();
}

class JsonText {
 public:
  explicit JsonText(const JsonStyle& style) : style_(style) {}

  void add(const Value& value, int64_t level) {
    if (value.text() != nullptr) {
      text_ += json_quoted(*value.text(), style_.ascii);
    } else if (value.list() != nullptr) {
      const auto& items = value.list()->items;
      add_all('[', ']', items.size(), level, [&](size_t i) { add(items[i], level + 1); });
    } else if (value.dict() != nullptr) {
      auto items = value.dict()->items;
      if (style_.sort_keys)
        std::ranges::stable_sort(
            items, [](const auto& a, const auto& b) { return Value::order(a.first, b.first) < 0; });
      add_all('{', '}', items.size(), level, [&](size_t i) {
        text_ += json_quoted(key_text(items[i].first), style_.ascii) + style_.key_separator;
        add(items[i].second, level + 1);
      });
    } else if (value.is_none()) {
      text_ += "null";
    } else if (value.is_bool()) {
      text_ += value.truth() ? "true" : "false";
    } else if (value.is_float() && !std::isfinite(value.as_double())) {
      text_ += std::isnan(value.as_double())            ? "NaN"
               : value.truth() && value.as_double() > 0 ? "Infinity"
                                                        : "-Infinity";
    } else if (value.is_number()) {
      text_ += value.repr();
    } else {
      throw Failure("a " + value.type_name() + " cannot be written as JSON");
    }
  }
  std::string take() { return std::move(text_); }

 private:
  template <class Item>
  void add_all(char open, char close, size_t count, int64_t level, const Item& item) {
    text_ += open;
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) text_ += style_.item_separator;
      new_line(level + 1);
      item(i);
    }
    if (count > 0) new_line(level);
    text_ += close;
  }
  void new_line(int64_t level) {
    if (style_.indent < 0) return;
    text_ += '\n';
    text_.append(static_cast<size_t>(level * style_.indent), ' ');
  }

  const JsonStyle& style_;
  std::string text_;
};

}  // namespace

std::string to_json(const Value& value, const JsonStyle& style) {
  JsonText text(style);
  text.add(value, 0);
  return text.take();
}

}  // namespace lmos::chat
