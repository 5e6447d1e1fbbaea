#include "client/event_reader.h"

#include "errors/error.h"

namespace lmos::client {
namespace {

constexpr size_t kMostEventBytes = size_t{64} << 20;

}  // namespace

bool EventReader::end_line(const std::function<bool(std::string_view data)>& take) {
  std::string_view line = line_;
  bool more = true;
  if (line.empty()) {
    if (has_data_) {
      data_.pop_back();  // the newline after its last line
      more = take(data_);
    }
    data_.clear();
    has_data_ = false;
  } else if (line.starts_with("data:") || line == "data") {
    line.remove_prefix(std::min<size_t>(5, line.size()));
    if (line.starts_with(' ')) line.remove_prefix(1);
    data_.append(line).append("\n");
    has_data_ = true;
  }
  line_.clear();
  return more;
}

bool EventReader::push(std::string_view bytes,
                       const std::function<bool(std::string_view data)>& take) {
  for (const char byte : bytes) {
    const bool second = after_return_ && byte == '\n';
    after_return_ = byte == '\r';
    if (second) continue;
    if (byte == '\n' || byte == '\r') {
      if (!end_line(take)) return false;
      continue;
    }
    line_ += byte;
    if (line_.size() + data_.size() > kMostEventBytes)
      throw Error(ErrorKind::kResource, "the server sent an event that is too long");
  }
  return true;
}

}  // namespace lmos::client
