// Writing results of unknown length to the caller.
#pragma once

#include <span>
#include <string_view>
#include <type_traits>

#include "llmasos/error.hpp"
#include "llmasos/types.h"

namespace lmos::sdk {

// Throws the status that the sink refuses with.
inline void write(lmos_sink sink, const void* data, uint64_t bytes) {
  if (bytes != 0) check(sink.write(sink.context, data, bytes));
}

inline void write(lmos_sink sink, std::string_view text) { write(sink, text.data(), text.size()); }

template <class Element>
void write(lmos_sink sink, std::span<Element> elements) {
  static_assert(std::is_trivially_copyable_v<Element>);
  write(sink, elements.data(), elements.size_bytes());
}

}  // namespace lmos::sdk
