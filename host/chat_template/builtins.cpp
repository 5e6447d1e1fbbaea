#include "chat_template/builtins.h"

#include <algorithm>
#include <ctime>

#include "chat_template/evaluator.h"
#include "chat_template/failure.h"
#include "chat_template/text.h"

namespace lmos::chat {
namespace {

class Function : public Callable {
 public:
  using Call = Value (*)(Evaluator&, const Arguments&);
  explicit Function(Call call) : call_(call) {}
  Value call(Evaluator& evaluator, const Arguments& arguments) const override {
    return call_(evaluator, arguments);
  }

 private:
  Call call_;
};

Value range(Evaluator& evaluator, const Arguments& arguments) {
  const size_t count = arguments.positional.size();
  const int64_t first = count > 1 ? int_argument(arguments, 0, "", 0) : 0;
  const int64_t end = int_argument(arguments, count > 1 ? 1 : 0, "", 0);
  const int64_t step = int_argument(arguments, 2, "", 1);
  if (count == 0 || count > 3 || step == 0)
    throw Failure("range takes an end, or a start, an end and a step");
  constexpr int64_t kLongest = 100'000;  // as the sandbox of Jinja
  List list;
  for (int64_t i = first; step > 0 ? i < end : i > end;) {
    if (std::ssize(list.items) >= kLongest) throw Failure("a range of more than 100000 numbers");
    list.items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  evaluator.step(std::ssize(list.items));
  return list;
}

Value dict(Evaluator&, const Arguments& arguments) {
  Dict result;
  if (!arguments.positional.empty()) {
    const Dict* base = arguments.positional[0].dict();
    if (base == nullptr) throw Failure("dict takes a dictionary and named values");
    result.items = base->items;
  }
  for (const auto& [name, value] : arguments.named) result.set(name, value);
  return result;
}

Value make_namespace(Evaluator& evaluator, const Arguments& arguments) {
  const Value members = dict(evaluator, arguments);
  if (members.holds_namespace()) throw Failure("a namespace can't hold a namespace");
  auto space = std::make_shared<Namespace>();
  space->members.items = members.dict()->items;
  return space;
}

Value raise_exception(Evaluator&, const Arguments& arguments) {
  const Value* message = arguments.find(0, "message");
  throw Failure(message == nullptr ? "the template refuses this" : message->str());
}

Value strftime_now(Evaluator&, const Arguments& arguments) {
  const std::string* format = text_argument(arguments, 0, "format");
  if (format == nullptr || format->size() > 256) throw Failure("strftime_now takes a short format");
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[1024];
  return std::string(text, std::strftime(text, sizeof text, format->c_str(), &local));
}

}  // namespace

Value function(Value (*call)(Evaluator&, const Arguments&)) {
  return std::shared_ptr<const Callable>(std::make_shared<Function>(call));
}

const std::unordered_map<std::string, Value>& global_functions() {
  static const std::unordered_map<std::string, Value> functions = {
      {"range", function(range)},
      {"dict", function(dict)},
      {"namespace", function(make_namespace)},
      {"raise_exception", function(raise_exception)},
      {"strftime_now", function(strftime_now)},
  };
  return functions;
}

int64_t int_argument(const Arguments& arguments, size_t index, std::string_view name,
                     int64_t otherwise) {
  const Value* value = arguments.find(index, name);
  if (value == nullptr || value->is_none()) return otherwise;
  if (!value->is_int()) throw Failure("an integer is wanted, not a " + value->type_name());
  return value->as_int();
}

bool bool_argument(const Arguments& arguments, size_t index, std::string_view name,
                   bool otherwise) {
  const Value* value = arguments.find(index, name);
  return value == nullptr ? otherwise : value->truth();
}

const std::string* text_argument(const Arguments& arguments, size_t index, std::string_view name) {
  const Value* value = arguments.find(index, name);
  if (value == nullptr || value->is_none()) return nullptr;
  if (value->text() == nullptr) throw Failure("a text is wanted, not a " + value->type_name());
  return value->text();
}

std::vector<Value> items_of(const Value& value) {
  if (value.list() != nullptr) return value.list()->items;
  std::vector<Value> items;
  if (value.text() != nullptr) {
    for (const std::string_view character : characters(*value.text()))
      items.emplace_back(character);
  } else if (value.dict() != nullptr) {
    for (const auto& [key, member] : value.dict()->items) items.push_back(key);
  } else if (!value.is_undefined()) {
    throw Failure("a " + value.type_name() + " has no elements");
  }
  return items;
}

bool contains(const Value& container, const Value& item) {
  if (container.text() != nullptr) {
    if (item.text() == nullptr) throw Failure("only a text can be in a text");
    return container.text()->find(*item.text()) != std::string::npos;
  }
  if (container.dict() != nullptr) return container.dict()->find(item) != nullptr;
  const std::vector<Value> items = items_of(container);
  return std::ranges::find(items, item) != items.end();
}

Value attribute_of(const Value& value, const std::string& name) {
  if (value.is_undefined())
    throw Failure("`" + value.undefined()->name + "` is undefined, so it has no `" + name + "`");
  if (value.name_space() == nullptr)
    if (Value method = method_of(value, name); !method.is_undefined()) return method;
  const Value* member = value.dict() == nullptr ? nullptr : value.dict()->find(std::string_view(name));
  return member == nullptr ? Value(Undefined{name}) : *member;
}

Value item_of(const Value& value, const Value& key) {
  if (value.is_undefined())
    throw Failure("`" + value.undefined()->name + "` is undefined, so it has no elements");
  if (key.is_int() && (value.list() != nullptr || value.text() != nullptr)) {
    const std::vector<Value> items = items_of(value);
    const int64_t index = key.as_int() < 0 ? key.as_int() + std::ssize(items) : key.as_int();
    if (index < 0 || index >= std::ssize(items)) return Undefined{"element " + key.str()};
    return items[static_cast<size_t>(index)];
  }
  if (const Value* member = value.dict() == nullptr ? nullptr : value.dict()->find(key))
    return *member;
  if (key.text() == nullptr) return Undefined{key.str()};
  return value.name_space() != nullptr ? Value(Undefined{*key.text()})
                                       : method_of(value, *key.text());
}

}  // namespace lmos::chat
