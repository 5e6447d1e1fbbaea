// The longest sequence of a model, as its section says it.
#pragma once

#include <cstdint>
#include <string>

#include "llmasos/config.hpp"

namespace lmos::sdk {

// The key `context` in tokens, or that of the sequences to train on, `sequence` (0: unknown), which
// it must not be shorter than.
inline int64_t read_context(const Config& section, int64_t sequence) {
  const int64_t context = section.int_or("context", sequence);
  if (context == 0) section.fail("`context` is missing: set it, or give the dataset a `sequence`");
  if (context < sequence)
    section.fail("`context` is " + std::to_string(context) +
                 ", shorter than the sequences to train on (" + std::to_string(sequence) + ")");
  return context;
}

}  // namespace lmos::sdk
