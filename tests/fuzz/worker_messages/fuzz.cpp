// Whatever the bytes on the socket, frames and messages are read or refused with an Error, and a
// message that was read is written as the same bytes.
#include <cstdint>
#include <cstdlib>

#include "errors/error.h"
#include "wire/frame.h"
#include "wire/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  lmos::wire::FrameReader reader;
  try {
    reader.push(bytes.substr(0, size / 2));
    bool second = false;
    for (;;) {
      const auto frame = reader.next();
      if (!frame && second) return 0;
      if (!frame) {
        reader.push(bytes.substr(size / 2));
        second = true;
        continue;
      }
      const auto message = lmos::wire::read_message(frame->type, frame->payload, "input");
      std::string again, expected;
      lmos::wire::append_message(message, again);
      lmos::wire::append_frame(frame->type, frame->payload, expected);
      if (again != expected) std::abort();
    }
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kInput) std::abort();
  }
  return 0;
}
