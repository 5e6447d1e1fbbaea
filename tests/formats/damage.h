// What the tests of damaged files share: each reader refuses such a file with one line that names
// it, and never looks beyond its bytes.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

#include "scratch.h"

namespace lmos {

struct Damage {
  std::string what;
  std::string file;
  std::string message;  // a part of it
};

inline void expect_refused(const Damage& damage, std::string_view begin_of_message,
                           const std::function<void(const std::string& file)>& parse) {
  const std::string message = error_message(ErrorKind::kInput, [&] { parse(damage.file); });
  EXPECT_TRUE(message.starts_with(begin_of_message)) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  expect_contains(message, damage.message);
}

template <typename Tensors>
void expect_within(const std::string& file, const Tensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    const auto* const begin = reinterpret_cast<const char*>(tensor.data.data());
    ASSERT_GE(begin, file.data());
    ASSERT_LE(begin + tensor.data.size(), file.data() + file.size());
  }
}

// Reads `file` with each of its bits turned over; more than so many of these must be refused.
inline void expect_flips_are_read_or_refused(
    const std::string& file, int refused_at_least,
    const std::function<void(const std::string& file)>& read) {
  int refused = 0;
  for (size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = file;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      try {
        read(flipped);
      } catch (const Error& error) {
        EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::kInput));
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, refused_at_least);
}

}  // namespace lmos
