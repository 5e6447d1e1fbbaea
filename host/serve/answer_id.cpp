#include "serve/answer_id.h"

#include <chrono>
#include <random>

namespace lmos::serve {

std::string new_answer_id(std::string_view prefix) {
  static constexpr char kDigits[] = "0123456789abcdef";
  thread_local std::random_device device;
  std::string id(prefix);
  for (int i = 0; i < 3; ++i)
    for (uint32_t bits = device(), digit = 0; digit < 8; ++digit, bits >>= 4)
      id += kDigits[bits & 15];
  return id;
}

int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace lmos::serve
