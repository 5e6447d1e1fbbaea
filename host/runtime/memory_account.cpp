#include "runtime/memory_account.h"

#include <algorithm>
#include <cstdio>

namespace lmos::runtime {
namespace {

void raise(MemoryUse& use, uint64_t bytes) {
  use.bytes += bytes;
  use.peak = std::max(use.peak, use.bytes);
}

std::string row(std::string_view name, const MemoryUse& use) {
  char line[96];
  std::snprintf(line, sizeof line, "%-12.*s %14llu %14llu\n", static_cast<int>(name.size()),
                name.data(), static_cast<unsigned long long>(use.bytes),
                static_cast<unsigned long long>(use.peak));
  return line;
}

}  // namespace

std::string_view category_name(MemoryCategory category) {
  static constexpr std::array<std::string_view, kMemoryCategories> kNames = {
      "parameters", "gradients", "optimizer", "caches", "inputs", "activations", "other"};
  return kNames[static_cast<size_t>(category)];
}

void MemoryAccount::add(MemoryCategory category, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  raise(uses_[static_cast<size_t>(category)], bytes);
  raise(total_, bytes);
}

void MemoryAccount::remove(MemoryCategory category, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  uses_[static_cast<size_t>(category)].bytes -= bytes;
  total_.bytes -= bytes;
}

MemoryUse MemoryAccount::use(MemoryCategory category) const {
  std::lock_guard lock(mutex_);
  return uses_[static_cast<size_t>(category)];
}

MemoryUse MemoryAccount::total() const {
  std::lock_guard lock(mutex_);
  return total_;
}

void MemoryAccount::reset_peaks() {
  std::lock_guard lock(mutex_);
  for (MemoryUse& use : uses_) use.peak = use.bytes;
  total_.peak = total_.bytes;
}

std::string MemoryAccount::table() const {
  std::lock_guard lock(mutex_);
  std::string text = "memory                in use           peak  (bytes)\n";
  for (size_t i = 0; i < uses_.size(); ++i) {
    if (uses_[i].peak > 0) text += row(category_name(static_cast<MemoryCategory>(i)), uses_[i]);
  }
  return text + row("total", total_);
}

}  // namespace lmos::runtime
