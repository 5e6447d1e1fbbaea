// Frames on the socket between llmasosd and a worker. A frame is
//   uint32  bytes of the payload, little-endian, at most kMaxPayloadBytes
//   uint8   type, which only the payload's reader understands
//   payload
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmos::wire {

inline constexpr size_t kHeaderBytes = 5;
inline constexpr size_t kMaxPayloadBytes = 64 << 20;

// Error(kInput) for a payload beyond the limit.
void append_frame(uint8_t type, std::string_view payload, std::string& out);

struct Frame {
  uint8_t type = 0;
  std::string_view payload;  // valid to the next call on the reader
};

// Cuts a stream of bytes into frames, however it arrives. One thread at a time.
class FrameReader {
 public:
  void push(std::string_view bytes);
  // None until the rest of a frame arrives. Error(kInput) for a length beyond the limit; the stream
  // is of no use then.
  std::optional<Frame> next();

 private:
  std::string bytes_;
  size_t read_ = 0;  // of bytes_, given out before
};

}  // namespace lmos::wire
