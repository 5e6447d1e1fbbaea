// Filters: `value | NAME`.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "chat_template/builtins.h"
#include "chat_template/evaluator.h"
#include "chat_template/failure.h"
#include "chat_template/text.h"

namespace lmos::chat {
namespace {

Value call_method(Evaluator& evaluator, const Value& value, const char* name,
                  const Arguments& arguments) {
  return method_of(value.text() != nullptr ? value : Value(value.str()), name)
      .callable()
      ->call(evaluator, arguments);
}

template <const char* const& name>
Value text_method(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  return call_method(evaluator, value, name, arguments);
}
constexpr const char *kStrip = "strip", *kUpper = "upper", *kLower = "lower", *kTitle = "title",
                     *kCapitalize = "capitalize", *kReplace = "replace";

Value length(Evaluator&, const Value& value, const Arguments&) {
  if (value.text() != nullptr) return length_of(*value.text());
  return static_cast<int64_t>(items_of(value).size());
}

Value otherwise(Evaluator&, const Value& value, const Arguments& arguments) {
  const Value* replacement = arguments.find(0, "default_value");
  const bool replaces =
      value.is_undefined() || (bool_argument(arguments, 1, "boolean", false) && !value.truth());
  if (!replaces) return value;
  return replacement == nullptr ? Value("") : *replacement;
}

Value to_text(Evaluator&, const Value& value, const Arguments&) { return value.str(); }
Value unchanged(Evaluator&, const Value& value, const Arguments&) { return value; }

Value escaped(Evaluator& evaluator, const Value& value, const Arguments&) {
  std::string text;
  for (const char c : value.str()) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&#34;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  evaluator.make_text(text.size());
  return text;
}

template <bool last>
Value end_of(Evaluator&, const Value& value, const Arguments&) {
  const std::vector<Value> items = items_of(value);
  if (items.empty()) return Undefined{last ? "last element" : "first element"};
  return last ? items.back() : items.front();
}

Value as_list(Evaluator& evaluator, const Value& value, const Arguments&) {
  List list{items_of(value)};
  evaluator.step(std::ssize(list.items));
  return list;
}

Value reversed(Evaluator& evaluator, const Value& value, const Arguments&) {
  List list{items_of(value)};
  evaluator.step(std::ssize(list.items));
  std::ranges::reverse(list.items);
  if (value.text() == nullptr) return list;
  std::string text;
  for (const Value& character : list.items) text += *character.text();
  return text;
}

Value members(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  if (value.is_undefined()) return List{};
  if (value.dict() == nullptr)
    throw Failure("items takes a dictionary, not a " + value.type_name());
  return method_of(value, "items").callable()->call(evaluator, arguments);
}

// An attribute of an element: a name, or names and numbers with dots between.
Value path_of(const Value& value, const Value& path) {
  if (path.is_int()) return item_of(value, path);
  if (path.text() == nullptr) throw Failure("an attribute is a text or a number");
  Value result = value;
  for (const std::string& part : split(*path.text(), ".", -1)) {
    int64_t index = 0;
    const auto end = std::from_chars(part.data(), part.data() + part.size(), index);
    result = end.ptr == part.data() + part.size() && !part.empty() ? item_of(result, index)
                                                                   : item_of(result, part);
  }
  return result;
}

Value join(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  const Value *between = arguments.find(0, "d"), *attribute = arguments.find(1, "attribute");
  const std::string separator = between == nullptr ? "" : between->str();
  std::string text;
  bool first = true;
  for (const Value& item : items_of(value)) {
    const std::string part =
        attribute == nullptr || attribute->is_none() ? item.str() : path_of(item, *attribute).str();
    evaluator.make_text(text.size() + separator.size() + part.size());
    if (!first) text += separator;
    text += part;
    first = false;
  }
  return text;
}

Value json(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  JsonStyle style;
  style.ascii = bool_argument(arguments, 0, "ensure_ascii", false);
  style.indent = int_argument(arguments, 1, "indent", -1);
  if (style.indent > 64) throw Failure("tojson: an indent of more than 64");
  if (style.indent >= 0) style.item_separator = ",";
  if (const Value* separators = arguments.find(2, "separators");
      separators != nullptr && !separators->is_none()) {
    const std::vector<Value> both = items_of(*separators);
    if (both.size() != 2) throw Failure("tojson: separators are two texts");
    style.item_separator = both[0].str();
    style.key_separator = both[1].str();
  }
  style.sort_keys = bool_argument(arguments, 3, "sort_keys", false);
  std::string text = to_json(value, style);
  evaluator.make_text(text.size());
  return text;
}

Value as_integer(Evaluator&, const Value& value, const Arguments& arguments) {
  const int64_t otherwise = int_argument(arguments, 0, "default", 0);
  if (value.is_int()) return value.as_int();
  double number = value.is_float() ? value.as_double() : NAN;
  if (value.text() != nullptr) {
    const std::string_view text = strip(*value.text(), nullptr, true, true);
    int64_t integer = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), integer);
    if (end.ec == std::errc() && end.ptr == text.data() + text.size()) return integer;
    const auto float_end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (float_end.ec != std::errc() || float_end.ptr != text.data() + text.size()) number = NAN;
  }
  if (!(std::fabs(number) < 9e18)) return otherwise;
  return static_cast<int64_t>(number);
}

Value as_float(Evaluator&, const Value& value, const Arguments& arguments) {
  if (value.is_number()) return value.as_double();
  double number = 0;
  if (value.text() != nullptr) {
    const std::string_view text = strip(*value.text(), nullptr, true, true);
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec == std::errc() && end.ptr == text.data() + text.size()) return number;
  }
  const Value* otherwise = arguments.find(0, "default");
  return otherwise == nullptr ? Value(0.0) : *otherwise;
}

Value absolute(Evaluator&, const Value& value, const Arguments&) {
  if (value.is_int() && value.as_int() != INT64_MIN) return std::abs(value.as_int());
  if (!value.is_number()) throw Failure("abs takes a number, not a " + value.type_name());
  return std::fabs(value.as_double());
}

Value rounded(Evaluator&, const Value& value, const Arguments& arguments) {
  if (!value.is_number()) throw Failure("round takes a number, not a " + value.type_name());
  const std::string* method = text_argument(arguments, 1, "method");
  const double scale =
      std::pow(10.0, static_cast<double>(int_argument(arguments, 0, "precision", 0)));
  const double scaled = value.as_double() * scale;
  if (method != nullptr && *method == "ceil") return std::ceil(scaled) / scale;
  if (method != nullptr && *method == "floor") return std::floor(scaled) / scale;
  return std::nearbyint(scaled) / scale;  // halves to even, as Python
}

Value indented(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  const Value* width = arguments.find(0, "width");
  const int64_t count = width != nullptr && width->is_int() ? width->as_int() : 4;
  if (count < 0 || count > 1024) throw Failure("indent: a width of 0 to 1024");
  const std::string margin = width != nullptr && width->text() != nullptr
                                 ? *width->text()
                                 : std::string(static_cast<size_t>(count), ' ');
  const bool first = bool_argument(arguments, 1, "first", false);
  const bool blank = bool_argument(arguments, 2, "blank", false);
  std::string text;
  size_t number = 0;
  for (const std::string& line : split(value.str(), "\n", -1)) {
    if (number > 0) text += '\n';
    if ((number > 0 || first) && (blank || !line.empty())) text += margin;
    evaluator.make_text(text.size() + line.size());
    text += line;
    ++number;
  }
  return text;
}

bool precedes(const Value& a, const Value& b, bool case_sensitive) {
  if (!case_sensitive && a.text() != nullptr && b.text() != nullptr)
    return lower(*a.text()) < lower(*b.text());
  return Value::order(a, b) < 0;
}

Value sorted(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  const bool reverse = bool_argument(arguments, 0, "reverse", false);
  const bool case_sensitive = bool_argument(arguments, 1, "case_sensitive", false);
  const Value* attribute = arguments.find(2, "attribute");
  List list{items_of(value)};
  evaluator.step(16 * std::ssize(list.items));
  const auto key = [&](const Value& item) {
    return attribute == nullptr || attribute->is_none() ? item : path_of(item, *attribute);
  };
  std::ranges::stable_sort(list.items, [&](const Value& a, const Value& b) {
    return reverse ? precedes(key(b), key(a), case_sensitive)
                   : precedes(key(a), key(b), case_sensitive);
  });
  return list;
}

Value sorted_members(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  if (value.dict() == nullptr) throw Failure("dictsort takes a dictionary");
  const bool case_sensitive = bool_argument(arguments, 0, "case_sensitive", false);
  const std::string* by = text_argument(arguments, 1, "by");
  const size_t part = by != nullptr && *by == "value" ? 1 : 0;
  const bool reverse = bool_argument(arguments, 2, "reverse", false);
  List list{members(evaluator, value, {}).list()->items};
  std::ranges::stable_sort(list.items, [&](const Value& a, const Value& b) {
    const Value &left = a.list()->items[part], &right = b.list()->items[part];
    return reverse ? precedes(right, left, case_sensitive) : precedes(left, right, case_sensitive);
  });
  return list;
}

Value unique(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  const bool case_sensitive = bool_argument(arguments, 0, "case_sensitive", false);
  std::vector<Value> seen;
  List list;
  for (const Value& item : items_of(value)) {
    const Value key = !case_sensitive && item.text() != nullptr ? Value(lower(*item.text())) : item;
    evaluator.step(std::ssize(seen) / 8);
    if (std::ranges::find(seen, key) != seen.end()) continue;
    seen.push_back(key);
    list.items.push_back(item);
  }
  return list;
}

template <bool greatest>
Value extreme(Evaluator&, const Value& value, const Arguments&) {
  const std::vector<Value> items = items_of(value);
  if (items.empty()) return Undefined{"element"};
  return *std::ranges::min_element(items, [](const Value& a, const Value& b) {
    return greatest ? precedes(b, a, false) : precedes(a, b, false);
  });
}

Value sum(Evaluator&, const Value& value, const Arguments& arguments) {
  const Value* attribute = arguments.find(0, "attribute");
  int64_t integer = 0;
  double number = 0;
  bool integers = true;
  for (const Value& item : items_of(value)) {
    const Value part =
        attribute == nullptr || attribute->is_none() ? item : path_of(item, *attribute);
    if (!part.is_number()) throw Failure("sum takes numbers, not a " + part.type_name());
    integers = integers && part.is_int();
    number += part.as_double();
    if (part.is_int() && __builtin_add_overflow(integer, part.as_int(), &integer))
      throw Failure("the sum does not fit 64 bits");
  }
  return integers ? Value(integer) : Value(number);
}

// The arguments after the first `count`.
Arguments rest_of(const Arguments& arguments, size_t count) {
  Arguments rest = arguments;
  rest.positional.erase(rest.positional.begin(),
                        rest.positional.begin() +
                            static_cast<std::ptrdiff_t>(std::min(count, rest.positional.size())));
  return rest;
}

Value map(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  List list;
  if (!value.truth()) return list;
  if (const Value* attribute = arguments.find(SIZE_MAX, "attribute")) {
    const Value* otherwise = arguments.find(SIZE_MAX, "default");
    for (const Value& item : items_of(value)) {
      Value part = path_of(item, *attribute);
      list.items.push_back(part.is_undefined() && otherwise != nullptr ? *otherwise
                                                                       : std::move(part));
    }
  } else {
    const std::string* name = text_argument(arguments, 0, "");
    const Filter filter = name == nullptr ? nullptr : find_filter(*name);
    if (filter == nullptr) throw Failure("map needs the name of a filter, or attribute=");
    const Arguments rest = rest_of(arguments, 1);
    for (const Value& item : items_of(value)) list.items.push_back(filter(evaluator, item, rest));
  }
  evaluator.step(std::ssize(list.items));
  return list;
}

// Elements that a test holds for, or that are true; by_attribute: the test is of an attribute.
template <bool wanted, bool by_attribute>
Value select(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  const Value* attribute = by_attribute ? arguments.find(0, "") : nullptr;
  if (by_attribute && attribute == nullptr) throw Failure("the name of an attribute is missing");
  const size_t place = by_attribute ? 1 : 0;
  const std::string* name = text_argument(arguments, place, "");
  const Test test = name == nullptr ? nullptr : find_test(*name);
  if (name != nullptr && test == nullptr) throw Failure("there is no test `" + *name + "`");
  const Arguments rest = rest_of(arguments, place + 1);
  List list;
  if (!value.truth()) return list;
  for (const Value& item : items_of(value)) {
    evaluator.step();
    const Value part = attribute == nullptr ? item : path_of(item, *attribute);
    if ((test == nullptr ? part.truth() : test(evaluator, part, rest)) == wanted)
      list.items.push_back(item);
  }
  return list;
}

Value batched(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  const int64_t size = int_argument(arguments, 0, "linecount", 0);
  const Value* fill = arguments.find(1, "fill_with");
  if (size < 1 || size > 100'000) throw Failure("batch needs a size of 1 to 100000");
  List all, batch;
  for (const Value& item : items_of(value)) {
    evaluator.step();
    batch.items.push_back(item);
    if (std::ssize(batch.items) < size) continue;
    all.items.emplace_back(std::move(batch));
    batch = {};
  }
  if (!batch.items.empty()) {
    if (fill != nullptr) batch.items.resize(static_cast<size_t>(size), *fill);
    all.items.emplace_back(std::move(batch));
  }
  return all;
}

Value word_count(Evaluator&, const Value& value, const Arguments&) {
  return static_cast<int64_t>(split_words(value.str(), -1).size());
}

struct Entry {
  std::string_view name;
  Filter filter;
};
constexpr Entry kFilters[] = {
    {"trim", text_method<kStrip>},
    {"upper", text_method<kUpper>},
    {"lower", text_method<kLower>},
    {"title", text_method<kTitle>},
    {"capitalize", text_method<kCapitalize>},
    {"replace", text_method<kReplace>},
    {"length", length},
    {"count", length},
    {"default", otherwise},
    {"d", otherwise},
    {"string", to_text},
    {"safe", unchanged},
    {"escape", escaped},
    {"e", escaped},
    {"first", end_of<false>},
    {"last", end_of<true>},
    {"list", as_list},
    {"reverse", reversed},
    {"items", members},
    {"join", join},
    {"tojson", json},
    {"int", as_integer},
    {"float", as_float},
    {"abs", absolute},
    {"round", rounded},
    {"indent", indented},
    {"sort", sorted},
    {"dictsort", sorted_members},
    {"unique", unique},
    {"min", extreme<false>},
    {"max", extreme<true>},
    {"sum", sum},
    {"map", map},
    {"select", select<true, false>},
    {"reject", select<false, false>},
    {"selectattr", select<true, true>},
    {"rejectattr", select<false, true>},
    {"batch", batched},
    {"wordcount", word_count},
};

}  // namespace

Filter find_filter(std::string_view name) {
  for (const Entry& entry : kFilters)
    if (entry.name == name) return entry.filter;
  return nullptr;
}

}  // namespace lmos::chat
