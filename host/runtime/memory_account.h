// Bytes of device memory in use and at most, by what they are for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace lmos::runtime {

enum class MemoryCategory {
  kParameters,
  kGradients,
  kOptimizer,    // moments
  kCaches,       // keys and values
  kInputs,       // batches, labels, scalars
  kActivations,  // the arena of executables: values between nodes, and scratch
  kOther,
};
inline constexpr size_t kMemoryCategories = 7;

std::string_view category_name(MemoryCategory category);  // "parameters"

struct MemoryUse {
  uint64_t bytes = 0;  // now
  uint64_t peak = 0;
};

// Thread-safe.
class MemoryAccount {
 public:
  void add(MemoryCategory category, uint64_t bytes);
  void remove(MemoryCategory category, uint64_t bytes);
  MemoryUse use(MemoryCategory category) const;
  // The peak is that of the sum, not the sum of the peaks.
  MemoryUse total() const;
  // Peaks become what is in use now.
  void reset_peaks();
  // One line a category that was ever used, and the total: a table for the user.
  std::string table() const;

 private:
  mutable std::mutex mutex_;
  std::array<MemoryUse, kMemoryCategories> uses_;  // guarded by mutex_
  MemoryUse total_;                                // guarded by mutex_
};

}  // namespace lmos::runtime
