#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/mapped_file.h"
#include "formats/quote.h"

namespace lmos {
namespace {

namespace bj = boost::json;

// Builds values from Boost's parser events. Boost's own value keeps the last of duplicate keys and
// rounds doubles inexactly, which is why it is not used.
class ValueBuilder {
 public:
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);

  Json take() { return std::move(root_); }
  // Why this class, and not the grammar, stopped the parser; empty otherwise.
  const std::string& refusal() const { return refusal_; }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code& ec) { return open(true, ec); }
  bool on_array_begin(bj::error_code& ec) { return open(false, ec); }
  bool on_object_end(size_t, bj::error_code&) { return close(); }
  bool on_array_end(size_t, bj::error_code&) { return close(); }

  bool on_key_part(bj::string_view part, size_t, bj::error_code&) { return append(part); }
  bool on_key(bj::string_view part, size_t, bj::error_code& ec) {
    append(part);
    Level& level = open_.back();
    level.key = std::exchange(text_, {});
    if (!level.keys.insert(level.key).second)
      return refuse("duplicate key " + quote_text(level.key), ec);
    return true;
  }
  bool on_string_part(bj::string_view part, size_t, bj::error_code&) { return append(part); }
  bool on_string(bj::string_view part, size_t, bj::error_code& ec) {
    append(part);
    return add(std::exchange(text_, {}), ec);
  }

  // The whole text is parsed in one call, so numbers never arrive in parts.
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(int64_t number, bj::string_view, bj::error_code& ec) { return add(number, ec); }
  bool on_uint64(uint64_t number, bj::string_view, bj::error_code& ec) { return add(number, ec); }
  bool on_double(double rough, bj::string_view text, bj::error_code& ec) {
    double number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc()) return add(number, ec);
    if (std::abs(rough) < 1) return add(std::copysign(0.0, rough), ec);  // underflow
    return refuse("the number " + quote_text({text.data(), text.size()}) + " is out of range", ec);
  }
  bool on_bool(bool value, bj::error_code& ec) { return add(value, ec); }
  bool on_null(bj::error_code& ec) { return add(nullptr, ec); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  struct Level {
    Json::Array array;
    Json::Object object;
    bool is_object;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  bool append(bj::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool refuse(std::string why, bj::error_code& ec) {
    refusal_ = std::move(why);
    ec = bj::error::syntax;
    return false;
  }

  bool count(bj::error_code& ec) {
    if (++values_ <= kMaxJsonValues) return true;
    return refuse("more than " + std::to_string(kMaxJsonValues) + " values", ec);
  }

  bool open(bool is_object, bj::error_code& ec) {
    if (!count(ec)) return false;
    open_.push_back(Level{.is_object = is_object});
    return true;
  }

  bool close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    put(level.is_object ? Json(std::move(level.object)) : Json(std::move(level.array)));
    return true;
  }

  bool add(Json value, bj::error_code& ec) {
    if (!count(ec)) return false;
    put(std::move(value));
    return true;
  }

  void put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_object) {
      open_.back().object.push_back({std::move(open_.back().key), std::move(value)});
    } else {
      open_.back().array.push_back(std::move(value));
    }
  }

  Json root_;
  std::vector<Level> open_;
  std::string text_;
  std::string refusal_;
  size_t values_ = 0;
};

std::string position(std::string_view text, size_t offset) {
  std::string_view before = text.substr(0, offset);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t start = before.rfind('\n');
  std::string_view in_line = before.substr(start == std::string_view::npos ? 0 : start + 1);
  auto column = 1 + std::count_if(in_line.begin(), in_line.end(), [](char byte) {
                  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
                });
  return std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace

Json parse_json(std::string_view text, std::string_view where) {
  if (text.size() > kMaxJsonBytes)
    throw Error(ErrorKind::kInput, std::string(where) + ": " + std::to_string(text.size()) +
                                       " bytes of JSON are more than the limit of " +
                                       std::to_string(kMaxJsonBytes));
  bj::parse_options options;
  options.max_depth = kMaxJsonDepth;
  bj::basic_parser<ValueBuilder> parser(options);
  bj::error_code error;
  size_t parsed = parser.write_some(false, text.data(), text.size(), error);
  if (!error && parsed < text.size()) error = bj::error::extra_data;
  if (!error) return parser.handler().take();

  std::string why = parser.handler().refusal();
  if (error == bj::error::too_deep)
    why = "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels";
  if (why.empty()) why = error.message();
  throw Error(ErrorKind::kInput,
              std::string(where) + ":" + position(text, parsed) + ": not valid JSON here: " + why);
}

Json read_json_file(const std::filesystem::path& path) {
  MappedFile file(path);
  auto text = reinterpret_cast<const char*>(file.bytes().data());
  return parse_json({text, file.bytes().size()}, path.string());
}

}  // namespace lmos
