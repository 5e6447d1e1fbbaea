#include <array>
#include <charconv>
#include <cmath>

#include "errors/error.h"
#include "formats/json.h"
#include "formats/json_string.h"
#include "formats/json_text.h"

namespace lmos {
namespace {

constexpr int kIndent = 2;

void append_double(double number, std::string& out) {
  if (!std::isfinite(number))
    throw Error(ErrorKind::kInternal, "a number that is not finite cannot be written as JSON");
  // Fixed notation where Python's json uses it, so that files written by either compare equal.
  double magnitude = std::abs(number);
  bool fixed = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  std::array<char, 32> buffer;
  char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                            fixed ? std::chars_format::fixed : std::chars_format::scientific)
                  .ptr;
  std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  out += text;
  // Without a fraction or exponent it would read back as an integer.
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

class JsonWriter {
 public:
  explicit JsonWriter(bool indented) : indented_(indented) {}

  void append(const Json& json) {
    std::visit([this](const auto& value) { append_value(value); }, json.value_);
  }
  std::string take() { return std::move(out_); }

 private:
  void append_value(std::monostate) { out_ += "null"; }
  void append_value(bool value) { out_ += value ? "true" : "false"; }
  void append_value(int64_t value) { out_ += std::to_string(value); }
  void append_value(uint64_t value) { out_ += std::to_string(value); }
  void append_value(double value) { append_double(value, out_); }
  void append_value(const std::string& value) { append_json_string(value, out_); }
  void append_value(const Json::Array& array) {
    append_items('[', array, ']', [this](const Json& item) { append(item); });
  }
  void append_value(const Json::Object& object) {
    append_items('{', object, '}', [this](const JsonMember& member) {
      append_json_string(member.key, out_);
      out_ += indented_ ? ": " : ":";
      append(member.value);
    });
  }

  template <typename Items, typename AppendItem>
  void append_items(char open, const Items& items, char close, AppendItem append_item) {
    out_ += open;
    ++depth_;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      new_line();
      append_item(item);
    }
    --depth_;
    if (!items.empty()) new_line();
    out_ += close;
  }

  void new_line() {
    if (!indented_) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(depth_ * kIndent), ' ');
  }

  bool indented_;
  int depth_ = 0;
  std::string out_;
};

std::string compact_json(const Json& value) {
  JsonWriter writer(false);
  writer.append(value);
  return writer.take();
}

std::string indented_json(const Json& value) {
  JsonWriter writer(true);
  writer.append(value);
  return writer.take() + '\n';
}

}  // namespace lmos
