// Bytes for people.
#pragma once

#include <cstdint>
#include <string>

namespace lmos {

// Three digits and a decimal unit: "0 bytes", "12.3 MB", "2.20 GB".
std::string format_bytes(uint64_t bytes);

// The same for counts: "260 K", "1.10 B"; below a thousand, the number.
std::string format_magnitude(int64_t count);

}  // namespace lmos
