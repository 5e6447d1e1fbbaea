// Which tensor's bytes a file that is written front to back takes next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmos {

// Tensors are declared first; their data then come in that order, each in one or more pieces.
// Tensors of no bytes may be left out. Wrong use is an Error(kInternal).
class AppendOrder {
 public:
  struct Item {
    std::string name;
    uint64_t bytes;
  };
  explicit AppendOrder(std::vector<Item> items);

  // The next `bytes`, more than 0, belong to tensor `name`. Returns true when that completes it.
  bool accept(std::string_view name, uint64_t bytes);
  // The tensor that is due; not when complete().
  size_t next() const { return next_; }
  // The data of every tensor has arrived.
  bool complete() const { return next_ == items_.size(); }
  void check_complete() const;

 private:
  void skip_finished();

  std::vector<Item> items_;
  size_t next_ = 0;
  uint64_t missing_bytes_ = 0;  // of the next one
};

}  // namespace lmos
