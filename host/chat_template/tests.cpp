// Tests: `value is NAME`.
#include "chat_template/builtins.h"
#include "chat_template/evaluator.h"
#include "chat_template/failure.h"
#include "chat_template/text.h"

namespace lmos::chat {
namespace {

const Value& other_of(const Arguments& arguments) {
  const Value* other = arguments.find(0, "");
  if (other == nullptr) throw Failure("the test needs a value to compare with");
  return *other;
}

int64_t integer_of(const Value& value) {
  if (!value.is_int()) throw Failure("an integer is wanted, not a " + value.type_name());
  return value.as_int();
}

template <bool (*holds)(const Value&)>
bool simple(Evaluator&, const Value& value, const Arguments&) {
  return holds(value);
}
template <bool (*holds)(const Value&, const Value&)>
bool compared(Evaluator&, const Value& value, const Arguments& arguments) {
  return holds(value, other_of(arguments));
}

bool is_defined(const Value& v) { return !v.is_undefined(); }
bool is_undefined(const Value& v) { return v.is_undefined(); }
bool is_none(const Value& v) { return v.is_none(); }
bool is_string(const Value& v) { return v.text() != nullptr; }
bool is_number(const Value& v) { return v.is_number(); }
bool is_integer(const Value& v) { return v.is_int() && !v.is_bool(); }
bool is_float(const Value& v) { return v.is_float(); }
bool is_boolean(const Value& v) { return v.is_bool(); }
bool is_true(const Value& v) { return v.is_bool() && v.truth(); }
bool is_false(const Value& v) { return v.is_bool() && !v.truth(); }
bool is_mapping(const Value& v) { return v.dict() != nullptr && v.name_space() == nullptr; }
bool is_callable(const Value& v) { return v.callable() != nullptr; }
// A list, a tuple, a text or a dictionary: what has a length. Something undefined has one, too.
bool is_sequence(const Value& v) {
  return v.list() != nullptr || v.text() != nullptr || is_mapping(v) || v.is_undefined();
}
bool is_odd(const Value& v) { return integer_of(v) % 2 != 0; }
bool is_even(const Value& v) { return integer_of(v) % 2 == 0; }
bool is_upper(const Value& v) { return v.str() == upper(v.str()) && v.str() != lower(v.str()); }
bool is_lower(const Value& v) { return v.str() == lower(v.str()) && v.str() != upper(v.str()); }

bool equal(const Value& a, const Value& b) { return a == b; }
bool unequal(const Value& a, const Value& b) { return !(a == b); }
bool less(const Value& a, const Value& b) { return Value::order(a, b) < 0; }
bool less_equal(const Value& a, const Value& b) { return Value::order(a, b) <= 0; }
bool greater(const Value& a, const Value& b) { return Value::order(a, b) > 0; }
bool greater_equal(const Value& a, const Value& b) { return Value::order(a, b) >= 0; }
bool is_in(const Value& a, const Value& b) { return contains(b, a); }
bool divisible(const Value& a, const Value& b) {
  if (integer_of(b) == 0) throw Failure("division by zero");
  return integer_of(b) == -1 || integer_of(a) % integer_of(b) == 0;
}

struct Entry {
  std::string_view name;
  Test test;
};
constexpr Entry kTests[] = {
    {"defined", simple<is_defined>},   {"undefined", simple<is_undefined>},
    {"none", simple<is_none>},         {"string", simple<is_string>},
    {"number", simple<is_number>},     {"integer", simple<is_integer>},
    {"float", simple<is_float>},       {"boolean", simple<is_boolean>},
    {"true", simple<is_true>},         {"false", simple<is_false>},
    {"mapping", simple<is_mapping>},   {"callable", simple<is_callable>},
    {"sequence", simple<is_sequence>}, {"iterable", simple<is_sequence>},
    {"odd", simple<is_odd>},           {"even", simple<is_even>},
    {"upper", simple<is_upper>},       {"lower", simple<is_lower>},
    {"eq", compared<equal>},           {"equalto", compared<equal>},
    {"==", compared<equal>},           {"ne", compared<unequal>},
    {"!=", compared<unequal>},         {"lt", compared<less>},
    {"lessthan", compared<less>},      {"<", compared<less>},
    {"le", compared<less_equal>},      {"<=", compared<less_equal>},
    {"gt", compared<greater>},         {"greaterthan", compared<greater>},
    {">", compared<greater>},          {"ge", compared<greater_equal>},
    {">=", compared<greater_equal>},   {"in", compared<is_in>},
    {"sameas", compared<equal>},       {"divisibleby", compared<divisible>},
};

}  // namespace

Test find_test(std::string_view name) {
  for (const Entry& entry : kTests)
    if (entry.name == name) return entry.test;
  return nullptr;
}

}  // namespace lmos::chat
