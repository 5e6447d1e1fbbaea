// Named tensors that live longer than a run: parameters, gradients, moments, caches.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "runtime/device.h"

namespace lmos::runtime {

class Executable;

// One call at a time. Its device outlives it.
class TensorStore {
 public:
  explicit TensorStore(Device& device) : device_(device) {}

  // All three throw kInternal if the name is taken.
  // Contents are unspecified.
  void allocate(std::string_view name, graph::TensorType type, MemoryCategory category);
  void allocate_zeros(Stream& stream, std::string_view name, graph::TensorType type,
                      MemoryCategory category);
  // A tensor that no graph changes, over host memory (a mapped weights file) that outlives the
  // store: read in place where the device can and the memory is aligned to its elements, copied
  // otherwise. `memory` holds exactly the type's bytes.
  void add_constant(Stream& stream, std::string_view name, graph::TensorType type,
                    std::span<const std::byte> memory, MemoryCategory category);
  void remove(std::string_view name);

  bool contains(std::string_view name) const { return entries_.contains(name); }
  std::vector<std::string> names() const;  // sorted
  // These throw kInternal if there is none of that name.
  const graph::TensorType& type(std::string_view name) const { return entry(name).type; }
  lmos_operand operand(std::string_view name) const { return entry(name).buffer.operand(); }
  const Buffer& buffer(std::string_view name) const { return entry(name).buffer; }
  // Copies of the whole tensor, done when they return. Throw kInternal if the sizes differ.
  void upload(Stream& stream, std::string_view name, std::span<const std::byte> values);
  void download(Stream& stream, std::string_view name, std::span<std::byte> values) const;

  // Binds the parameters and states of the executable that the store has. Throws kInternal if a
  // type differs.
  void bind_to(Executable& executable) const;

 private:
  struct Entry {
    graph::TensorType type;
    Buffer buffer;
  };
  const Entry& entry(std::string_view name) const;
  void add(std::string_view name, graph::TensorType type, Buffer buffer);
  void require_free(std::string_view name) const;

  Device& device_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace lmos::runtime
