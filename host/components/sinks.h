// Sinks that collect what a plugin writes.
#pragma once

#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "llmasos/types.h"

namespace lmos::components {

// Appends to `text`, which outlives the sink.
inline lmos_sink collect(std::string& text) {
  return {&text, [](void* context, const void* data, uint64_t bytes) -> lmos_status {
            try {
              static_cast<std::string*>(context)->append(static_cast<const char*>(data), bytes);
              return LMOS_OK;
            } catch (const std::bad_alloc&) {
              return LMOS_NO_MEMORY;
            }
          }};
}

// Appends whole ids to `ids`, which outlives the sink.
inline lmos_sink collect(std::vector<int32_t>& ids) {
  return {&ids, [](void* context, const void* data, uint64_t bytes) -> lmos_status {
            if (bytes % sizeof(int32_t) != 0) return LMOS_INVALID;
            auto& all = *static_cast<std::vector<int32_t>*>(context);
            try {
              const size_t before = all.size();
              all.resize(before + bytes / sizeof(int32_t));
              if (bytes > 0) std::memcpy(all.data() + before, data, bytes);
              return LMOS_OK;
            } catch (const std::bad_alloc&) {
              return LMOS_NO_MEMORY;
            }
          }};
}

}  // namespace lmos::components
