// The values of a template: those of Python that JSON has, and what a template can call.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "formats/json.h"

namespace lmos::chat {

class Value;
class Evaluator;

// Of a call; named ones after the others.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  // Argument `index`, also given as `name`; null if absent.
  const Value* find(size_t index, std::string_view name) const;
};

class Callable {
 public:
  virtual ~Callable() = default;
  virtual Value call(Evaluator& evaluator, const Arguments& arguments) const = 0;
};

struct Undefined {
  std::string name;  // of what is not there, for messages
};
struct None {};

struct List {
  std::vector<Value> items;
  bool tuple = false;
  int depth = 0;  // of lists and dictionaries within each other; set by Value
};
// In the order in which the keys were set. Keys are texts, numbers, booleans or none.
struct Dict {
  std::vector<std::pair<Value, Value>> items;
  int depth = 0;  // as a list's
  const Value* find(std::string_view key) const;
  const Value* find(const Value& key) const;
  void set(Value key, Value value);
};
// A dictionary that `set ns.x = …` changes.
struct Namespace {
  Dict members;
};

// Cheap to copy. Lists and dictionaries never change.
class Value {
 public:
  Value() : data_(Undefined{}) {}
  Value(Undefined undefined) : data_(std::move(undefined)) {}
  Value(None) : data_(None{}) {}
  Value(bool boolean) : data_(boolean) {}
  Value(int64_t integer) : data_(integer) {}
  Value(double number) : data_(number) {}
  Value(std::string text) : data_(std::make_shared<const std::string>(std::move(text))) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(const char* text) : Value(std::string(text)) {}
  // Failure for what is nested too deeply.
  Value(List list);
  Value(Dict dict);
  Value(std::shared_ptr<Namespace> space) : data_(std::move(space)) {}
  Value(std::shared_ptr<const Callable> callable) : data_(std::move(callable)) {}
  static Value from(const Json& json);

  bool is_undefined() const { return std::holds_alternative<Undefined>(data_); }
  bool is_none() const { return std::holds_alternative<None>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  // True and false are the integers 1 and 0, as in Python.
  bool is_int() const { return std::holds_alternative<int64_t>(data_) || is_bool(); }
  bool is_float() const { return std::holds_alternative<double>(data_); }
  bool is_number() const { return is_int() || is_float(); }
  const std::string* text() const { return shared<const std::string>(); }
  const List* list() const { return shared<const List>(); }
  const Dict* dict() const;  // of a namespace, too
  const std::shared_ptr<Namespace>* name_space() const {
    return std::get_if<std::shared_ptr<Namespace>>(&data_);
  }
  const Callable* callable() const { return shared<const Callable>(); }
  const Undefined* undefined() const { return std::get_if<Undefined>(&data_); }

  int64_t as_int() const;    // of is_int()
  double as_double() const;  // of is_number()

  bool holds_namespace() const;  // itself or within

  bool truth() const;
  std::string type_name() const;  // as Python calls it
  // As `str` and `repr` give it.
  std::string str() const;
  std::string repr() const;

  friend bool operator==(const Value& a, const Value& b);
  // Failure for values that have no order.
  static std::partial_ordering order(const Value& a, const Value& b);

 private:
  int depth() const;

  template <class T>
  T* shared() const {
    const auto* pointer = std::get_if<std::shared_ptr<T>>(&data_);
    return pointer == nullptr ? nullptr : pointer->get();
  }

  std::variant<Undefined, None, bool, int64_t, double, std::shared_ptr<const std::string>,
               std::shared_ptr<const List>, std::shared_ptr<const Dict>, std::shared_ptr<Namespace>,
               std::shared_ptr<const Callable>>
      data_;
};

struct JsonStyle {
  int64_t indent = -1;  // -1: one line
  std::string item_separator = ", ", key_separator = ": ";
  bool sort_keys = false, ascii = false;
};
// As Python's json.dumps.
std::string to_json(const Value& value, const JsonStyle& style);

// As Python writes a float: 1.0, 1e-05, 1e+16.
std::string float_text(double number);

}  // namespace lmos::chat
