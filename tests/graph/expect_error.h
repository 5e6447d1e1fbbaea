// Expecting an lmos::Error by its text.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "errors/error.h"

namespace lmos::test {

// `call` throws an Error of `kind` whose message contains each of `parts`.
template <class Call>
void expect_error(ErrorKind kind, std::initializer_list<std::string> parts, Call call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind));
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "'" << part << "' is missing in: " << error.what();
    }
  }
}

}  // namespace lmos::test
