// Methods of texts, lists and dictionaries.
#include <algorithm>

#include "chat_template/builtins.h"
#include "chat_template/evaluator.h"
#include "chat_template/failure.h"
#include "chat_template/text.h"

namespace lmos::chat {
namespace {

using Call = Value (*)(Evaluator& evaluator, const Value& self, const Arguments& arguments);

class Method : public Callable {
 public:
  Method(Value self, Call call) : self_(std::move(self)), call_(call) {}
  Value call(Evaluator& evaluator, const Arguments& arguments) const override {
    return call_(evaluator, self_, arguments);
  }

 private:
  Value self_;
  Call call_;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

const std::string& text_of(const Value& self) { return *self.text(); }

const std::string& required_text(const Arguments& arguments, size_t index) {
  const std::string* text = text_argument(arguments, index, "");
  if (text == nullptr) throw Failure("a text is missing from the call");
  return *text;
}

List texts(std::vector<std::string> parts) {
  List list;
  for (std::string& part : parts) list.items.emplace_back(std::move(part));
  return list;
}

template <bool left, bool right>
Value strip_ends(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  evaluator.make_text(text_of(self).size());
  return strip(text_of(self), text_argument(arguments, 0, "chars"), left, right);
}

Value split_text(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  const std::string* separator = text_argument(arguments, 0, "sep");
  const int64_t limit = int_argument(arguments, 1, "maxsplit", -1);
  if (separator != nullptr && separator->empty()) throw Failure("an empty separator");
  List parts = texts(separator == nullptr ? split_words(text_of(self), limit)
                                          : split(text_of(self), *separator, limit));
  evaluator.step(std::ssize(parts.items));
  return parts;
}

// From the right, and only at a separator.
Value rsplit_text(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  const int64_t limit = int_argument(arguments, 1, "maxsplit", -1);
  const std::string* separator = text_argument(arguments, 0, "sep");
  if (limit < 0) return split_text(evaluator, self, arguments);
  if (separator == nullptr || separator->empty()) throw Failure("rsplit needs a separator");
  std::vector<std::string> parts;
  std::string_view rest = text_of(self);
  for (int64_t i = 0; i < limit; ++i) {
    const size_t at = rest.rfind(*separator);
    if (at == std::string_view::npos) break;
    parts.emplace_back(rest.substr(at + separator->size()));
    rest = rest.substr(0, at);
  }
  parts.emplace_back(rest);
  std::ranges::reverse(parts);
  evaluator.step(std::ssize(parts));
  return texts(std::move(parts));
}

template <bool starts>
Value has_end(Evaluator&, const Value& self, const Arguments& arguments) {
  const Value* wanted = arguments.find(0, "prefix");
  if (wanted == nullptr) throw Failure("a text is missing from the call");
  const std::vector<Value> choices =
      wanted->list() != nullptr ? wanted->list()->items : std::vector{*wanted};
  return std::ranges::any_of(choices, [&](const Value& choice) {
    if (choice.text() == nullptr) throw Failure("a text is wanted, not a " + choice.type_name());
    return starts ? text_of(self).starts_with(*choice.text())
                  : text_of(self).ends_with(*choice.text());
  });
}

template <std::string (*change)(std::string_view)>
Value changed(Evaluator& evaluator, const Value& self, const Arguments&) {
  evaluator.make_text(text_of(self).size());
  return change(text_of(self));
}

Value replace_in(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  const std::string &from = required_text(arguments, 0), &to = required_text(arguments, 1);
  const size_t most = from.empty() ? text_of(self).size() + 1 : text_of(self).size() / from.size();
  evaluator.make_text(text_of(self).size() + std::min<size_t>(most, SIZE_MAX / 4096) * to.size());
  return replace(text_of(self), from, to, int_argument(arguments, 2, "count", -1));
}

Value find_in(Evaluator&, const Value& self, const Arguments& arguments) {
  const size_t at = text_of(self).find(required_text(arguments, 0));
  return at == std::string::npos ? int64_t{-1} : length_of(text_of(self).substr(0, at));
}

Value count_in(Evaluator&, const Value& self, const Arguments& arguments) {
  const std::string& wanted = required_text(arguments, 0);
  if (wanted.empty()) return length_of(text_of(self)) + 1;
  return static_cast<int64_t>(split(text_of(self), wanted, -1).size()) - 1;
}

// {} takes the next value, {2} the one of that number, {name} the one of that name; {{ is a {.
Value formatted(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  const std::string& pattern = text_of(self);
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if ((c == '{' || c == '}') && i + 1 < pattern.size() && pattern[i + 1] == c) {
      text += c;
      ++i;
    } else if (c == '{') {
      const size_t end = pattern.find('}', i);
      if (end == std::string::npos) throw Failure("format: a { is not closed");
      const std::string field = pattern.substr(i + 1, end - i - 1);
      const bool number =
          !field.empty() && field.size() < 6 && std::ranges::all_of(field, is_digit);
      const Value* value = field.empty() ? arguments.find(next++, "")
                           : number      ? arguments.find(std::stoul(field), "")
                                         : arguments.find(SIZE_MAX, field);
      if (value == nullptr) throw Failure("format: there is no value for {" + field + "}");
      text += value->str();
      i = end;
    } else if (c == '}') {
      throw Failure("format: a } alone");
    } else {
      text += c;
    }
  }
  evaluator.make_text(text.size());
  return text;
}

Value join_with(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  const Value* list = arguments.find(0, "");
  if (list == nullptr) throw Failure("join needs a list");
  std::string all;
  bool first = true;
  for (const Value& item : items_of(*list)) {
    if (item.text() == nullptr) throw Failure("join takes texts, not a " + item.type_name());
    evaluator.make_text(all.size() + text_of(self).size() + item.text()->size());
    if (!first) all += text_of(self);
    all += *item.text();
    first = false;
  }
  return all;
}

template <bool (*holds)(char)>
Value all_are(Evaluator&, const Value& self, const Arguments&) {
  return !text_of(self).empty() && std::ranges::all_of(text_of(self), holds);
}
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || (c >= 9 && c <= 13); }

// At least one letter with a case, and none of the other case.
template <bool upper>
Value case_is(Evaluator&, const Value& self, const Arguments&) {
  return std::ranges::any_of(text_of(self), upper ? is_upper : is_lower) &&
         std::ranges::none_of(text_of(self), upper ? is_lower : is_upper);
}

Value lines_of(Evaluator& evaluator, const Value& self, const Arguments&) {
  List lines = texts(split_lines(text_of(self)));
  evaluator.step(std::ssize(lines.items));
  return lines;
}

template <bool prefix>
Value without_end(Evaluator&, const Value& self, const Arguments& arguments) {
  const std::string& end = required_text(arguments, 0);
  const std::string& text = text_of(self);
  if (end.empty() || !(prefix ? text.starts_with(end) : text.ends_with(end))) return text;
  return prefix ? text.substr(end.size()) : text.substr(0, text.size() - end.size());
}

template <bool right>
Value partition(Evaluator&, const Value& self, const Arguments& arguments) {
  const std::string& separator = required_text(arguments, 0);
  if (separator.empty()) throw Failure("an empty separator");
  const std::string& text = text_of(self);
  const size_t at = right ? text.rfind(separator) : text.find(separator);
  List parts{.tuple = true};
  if (at == std::string::npos) {
    parts.items = right ? std::vector<Value>{"", "", text} : std::vector<Value>{text, "", ""};
  } else {
    parts.items = {text.substr(0, at), separator, text.substr(at + separator.size())};
  }
  return parts;
}

Value members(Evaluator& evaluator, const Value& self, const Arguments&) {
  List list;
  for (const auto& [key, value] : self.dict()->items)
    list.items.emplace_back(List{.items = {key, value}, .tuple = true});
  evaluator.step(std::ssize(list.items));
  return list;
}

Value keys(Evaluator&, const Value& self, const Arguments&) { return List{items_of(self)}; }

Value values(Evaluator&, const Value& self, const Arguments&) {
  List list;
  for (const auto& [key, value] : self.dict()->items) list.items.push_back(value);
  return list;
}

Value get(Evaluator&, const Value& self, const Arguments& arguments) {
  const Value *key = arguments.find(0, "key"), *otherwise = arguments.find(1, "default");
  if (key == nullptr) throw Failure("get needs a key");
  const Value* member = self.dict()->find(*key);
  if (member != nullptr) return *member;
  return otherwise == nullptr ? Value(None{}) : *otherwise;
}

Value copy(Evaluator&, const Value& self, const Arguments&) { return self; }

Value index_in(Evaluator&, const Value& self, const Arguments& arguments) {
  const Value* wanted = arguments.find(0, "");
  const auto& items = self.list()->items;
  const auto place = wanted == nullptr ? items.end() : std::ranges::find(items, *wanted);
  if (place == items.end()) throw Failure("the element is not in the list");
  return static_cast<int64_t>(place - items.begin());
}

Value count_equal(Evaluator&, const Value& self, const Arguments& arguments) {
  const Value* wanted = arguments.find(0, "");
  return wanted == nullptr ? int64_t{0}
                           : static_cast<int64_t>(std::ranges::count(self.list()->items, *wanted));
}

Value refuse_change(Evaluator&, const Value& self, const Arguments&) {
  throw Failure("a template must not change a " + self.type_name() +
                "; join lists with +, and use a namespace for what changes");
}

struct Entry {
  std::string_view name;
  Call call;
};

constexpr Entry kOfText[] = {
    {"strip", strip_ends<true, true>},
    {"lstrip", strip_ends<true, false>},
    {"rstrip", strip_ends<false, true>},
    {"split", split_text},
    {"rsplit", rsplit_text},
    {"splitlines", lines_of},
    {"startswith", has_end<true>},
    {"endswith", has_end<false>},
    {"upper", changed<upper>},
    {"lower", changed<lower>},
    {"title", changed<titled>},
    {"capitalize", changed<capitalized>},
    {"replace", replace_in},
    {"find", find_in},
    {"count", count_in},
    {"join", join_with},
    {"format", formatted},
    {"isdigit", all_are<is_digit>},
    {"isalpha", all_are<is_alpha>},
    {"isalnum", all_are<is_alnum>},
    {"isspace", all_are<is_space>},
    {"isupper", case_is<true>},
    {"islower", case_is<false>},
    {"removeprefix", without_end<true>},
    {"removesuffix", without_end<false>},
    {"partition", partition<false>},
    {"rpartition", partition<true>},
};
constexpr Entry kOfDict[] = {
    {"items", members}, {"keys", keys},         {"values", values},        {"get", get},
    {"copy", copy},     {"pop", refuse_change}, {"update", refuse_change}, {"clear", refuse_change},
};
constexpr Entry kOfList[] = {
    {"index", index_in},        {"count", count_equal},    {"copy", copy},
    {"append", refuse_change},  {"extend", refuse_change}, {"insert", refuse_change},
    {"pop", refuse_change},     {"remove", refuse_change}, {"sort", refuse_change},
    {"reverse", refuse_change},
};

}  // namespace

Value method_of(const Value& value, std::string_view name) {
  const auto bound = [&](const auto& entries) -> Value {
    for (const Entry& entry : entries)
      if (entry.name == name)
        return std::shared_ptr<const Callable>(std::make_shared<Method>(value, entry.call));
    return Undefined{std::string(name)};
  };
  if (value.text() != nullptr) return bound(kOfText);
  if (value.list() != nullptr) return bound(kOfList);
  if (value.dict() != nullptr) return bound(kOfDict);
  return Undefined{std::string(name)};
}

}  // namespace lmos::chat
