#include "formats/json_probe.h"

#include <boost/json/basic_parser_impl.hpp>
#include <vector>

#include "formats/json_text.h"

namespace lmos {
namespace {

namespace bj = boost::json;

// Keeps track of how much of the path the open objects match.
class PathFollower {
 public:
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);

  void follow(std::span<const std::string_view> path) { path_ = path; }
  const std::optional<std::string>& found() const { return found_; }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return open(); }
  bool on_array_begin(bj::error_code&) { return open(); }
  bool on_object_end(size_t, bj::error_code&) { return close(); }
  bool on_array_end(size_t, bj::error_code&) { return close(); }

  bool on_key_part(bj::string_view part, size_t, bj::error_code&) { return append(part); }
  bool on_key(bj::string_view part, size_t, bj::error_code&) {
    append(part);
    // The key counts if the objects around this one are those of the path.
    if (matched_ + 1 >= depth_) {
      matched_ = depth_ - 1;
      if (matched_ < path_.size() && text_ == path_[matched_]) ++matched_;
    }
    text_.clear();
    return true;
  }
  bool on_string_part(bj::string_view part, size_t, bj::error_code&) { return append(part); }
  bool on_string(bj::string_view part, size_t, bj::error_code& ec) {
    append(part);
    if (depth_ == path_.size() && matched_ == path_.size()) {
      found_ = text_;
      ec = bj::error::extra_data;  // to stop
      return false;
    }
    text_.clear();
    return true;
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(int64_t, bj::string_view, bj::error_code&) { return true; }
  bool on_uint64(uint64_t, bj::string_view, bj::error_code&) { return true; }
  bool on_double(double, bj::string_view, bj::error_code&) { return true; }
  bool on_bool(bool, bj::error_code&) { return true; }
  bool on_null(bj::error_code&) { return true; }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  // Longer than any key or value that is looked for.
  static constexpr size_t kMaxText = 256;

  bool append(bj::string_view part) {
    if (text_.size() < kMaxText) text_.append(part.data(), std::min(part.size(), kMaxText));
    return true;
  }
  bool open() {
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    matched_ = std::min(matched_, depth_ > 0 ? depth_ - 1 : 0);
    return true;
  }

  std::span<const std::string_view> path_;
  std::optional<std::string> found_;
  std::string text_;
  size_t depth_ = 0;
  size_t matched_ = 0;  // keys of the path that lead to where the parser is
};

}  // namespace

std::optional<std::string> find_json_string(std::string_view text,
                                            std::span<const std::string_view> path) {
  bj::parse_options options;
  options.max_depth = kMaxJsonDepth;
  bj::basic_parser<PathFollower> parser(options);
  parser.handler().follow(path);
  bj::error_code error;
  parser.write_some(false, text.data(), text.size(), error);
  return parser.handler().found();
}

}  // namespace lmos
