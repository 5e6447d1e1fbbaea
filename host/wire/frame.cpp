#include "wire/frame.h"

#include "errors/error.h"
#include "formats/little_endian.h"

namespace lmos::wire {
namespace {

void check_payload(size_t bytes) {
  if (bytes > kMaxPayloadBytes)
    throw Error(ErrorKind::kInput, "a frame of " + std::to_string(bytes) +
                                       " bytes is longer than the limit of " +
                                       std::to_string(kMaxPayloadBytes));
}

}  // namespace

void append_frame(uint8_t type, std::string_view payload, std::string& out) {
  check_payload(payload.size());
  append_little_endian(static_cast<uint32_t>(payload.size()), out);
  append_little_endian(type, out);
  out += payload;
}

void FrameReader::push(std::string_view bytes) {
  bytes_.erase(0, read_);
  read_ = 0;
  bytes_ += bytes;
}

std::optional<Frame> FrameReader::next() {
  const std::string_view left = std::string_view(bytes_).substr(read_);
  if (left.size() < kHeaderBytes) return std::nullopt;
  const size_t payload = read_little_endian<uint32_t>(std::as_bytes(std::span(left)));
  check_payload(payload);
  if (left.size() - kHeaderBytes < payload) return std::nullopt;
  read_ += kHeaderBytes + payload;
  return Frame{static_cast<uint8_t>(left[4]), left.substr(kHeaderBytes, payload)};
}

}  // namespace lmos::wire
