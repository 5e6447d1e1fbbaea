// Bytes as text.
#pragma once

#include <cstddef>
#include <string>

namespace lmos::serve {

std::string hexadecimal(const unsigned char* bytes, size_t count);

// Two digits for each of so many bytes that nobody can guess. Error(kResource).
std::string random_digits(size_t bytes);

}  // namespace lmos::serve
