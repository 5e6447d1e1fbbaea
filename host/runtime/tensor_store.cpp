#include "runtime/tensor_store.h"

#include <algorithm>

#include "errors/error.h"
#include "runtime/executable.h"

namespace lmos::runtime {
namespace {

[[noreturn]] void reject(std::string_view name, const std::string& why) {
  throw Error(ErrorKind::kInternal, "tensor `" + std::string(name) + "` " + why);
}

void require_size(std::string_view name, const graph::TensorType& type, size_t bytes) {
  if (bytes != type.bytes()) {
    reject(name,
           "is " + graph::to_string(type) + ", which is not " + std::to_string(bytes) + " bytes");
  }
}

void upload_zeros(Stream& stream, const Buffer& buffer) {
  const std::vector<std::byte> zeros(std::min<uint64_t>(buffer.bytes(), uint64_t{1} << 20));
  for (uint64_t offset = 0; offset < buffer.bytes(); offset += zeros.size()) {
    stream.upload(buffer.operand(offset), zeros.data(),
                  std::min<uint64_t>(zeros.size(), buffer.bytes() - offset));
  }
  stream.synchronize();
}

}  // namespace

void TensorStore::require_free(std::string_view name) const {
  if (contains(name)) reject(name, "exists already");
}

void TensorStore::add(std::string_view name, graph::TensorType type, Buffer buffer) {
  entries_.emplace(name, Entry{std::move(type), std::move(buffer)});
}

void TensorStore::allocate(std::string_view name, graph::TensorType type, MemoryCategory category) {
  require_free(name);
  Buffer buffer = device_.allocate(type.bytes(), category);
  add(name, std::move(type), std::move(buffer));
}

void TensorStore::allocate_zeros(Stream& stream, std::string_view name, graph::TensorType type,
                                 MemoryCategory category) {
  allocate(name, std::move(type), category);
  upload_zeros(stream, buffer(name));
}

void TensorStore::add_constant(Stream& stream, std::string_view name, graph::TensorType type,
                               std::span<const std::byte> memory, MemoryCategory category) {
  require_free(name);
  require_size(name, type, memory.size());
  if (reinterpret_cast<uintptr_t>(memory.data()) % graph::dtype_bytes(type.dtype) == 0) {
    if (std::optional<Buffer> wrapped = device_.wrap(memory)) {
      return add(name, std::move(type), std::move(*wrapped));
    }
  }
  allocate(name, std::move(type), category);
  upload(stream, name, memory);
}

void TensorStore::remove(std::string_view name) {
  auto found = entries_.find(name);
  if (found == entries_.end()) reject(name, "does not exist");
  entries_.erase(found);
}

std::vector<std::string> TensorStore::names() const {
  std::vector<std::string> result;
  for (const auto& [name, entry] : entries_) result.push_back(name);
  return result;
}

const TensorStore::Entry& TensorStore::entry(std::string_view name) const {
  auto found = entries_.find(name);
  if (found == entries_.end()) reject(name, "does not exist");
  return found->second;
}

void TensorStore::upload(Stream& stream, std::string_view name, std::span<const std::byte> values) {
  const Entry& tensor = entry(name);
  require_size(name, tensor.type, values.size());
  upload_now(stream, tensor.buffer.operand(), values);
}

void TensorStore::download(Stream& stream, std::string_view name,
                           std::span<std::byte> values) const {
  const Entry& tensor = entry(name);
  require_size(name, tensor.type, values.size());
  download_now(stream, values, tensor.buffer.operand());
}

void TensorStore::bind_to(Executable& executable) const {
  const graph::Graph& graph = executable.graph();
  auto bind = [&](graph::ValueId id) {
    const graph::Value& value = graph.value(id);
    auto found = entries_.find(value.name);
    if (found == entries_.end()) return;
    if (found->second.type != value.type) {
      reject(value.name, "is " + graph::to_string(found->second.type) + " but the graph wants " +
                             graph::to_string(value.type, &graph));
    }
    executable.bind(id, found->second.buffer.operand());
  };
  for (const graph::Parameter& parameter : graph.parameters) bind(parameter.value);
  for (graph::ValueId state : graph.states) bind(state);
}

}  // namespace lmos::runtime
