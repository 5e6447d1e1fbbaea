#include "train/batch_buffers.h"

#include <algorithm>
#include <cstring>

#include "errors/error.h"
#include "runtime/executable.h"

namespace lmos::train {
namespace {

using Sizes = std::map<std::string, uint64_t, std::less<>>;

Sizes sizes(const graph::Graph& bound) {
  Sizes bytes;
  for (const graph::ValueId input : bound.inputs)
    bytes[bound.value(input).name] = bound.type(input).bytes();
  return bytes;
}

Sizes largest(const std::vector<const graph::Graph*>& shapes) {
  Sizes result;
  for (const graph::Graph* shape : shapes)
    for (const auto& [name, bytes] : sizes(*shape)) result[name] = std::max(result[name], bytes);
  return result;
}

}  // namespace

uint64_t BatchBuffers::bytes(const std::vector<const graph::Graph*>& shapes) {
  uint64_t total = 0;
  for (const auto& [name, bytes] : largest(shapes)) total += bytes;
  return total;
}

BatchBuffers::BatchBuffers(runtime::Device& device,
                           const std::vector<const graph::Graph*>& shapes) {
  for (const graph::Graph* shape : shapes) bytes_.push_back(sizes(*shape));
  for (const auto& [name, bytes] : largest(shapes))
    buffers_.emplace(name, device.allocate(bytes, runtime::MemoryCategory::kInputs));
}

void BatchBuffers::bind(runtime::Executable& executable) const {
  for (const graph::ValueId input : executable.graph().inputs) {
    const std::string& name = executable.graph().value(input).name;
    const auto buffer = buffers_.find(name);
    if (buffer == buffers_.end())
      throw Error(ErrorKind::kInternal, "no buffer was made for the graph's input `" + name + "`");
    executable.bind(input, buffer->second.operand());
  }
}

void BatchBuffers::put(runtime::Stream& stream, size_t shape, const std::string& input,
                       const void* data, uint64_t bytes) {
  const auto declared = bytes_.at(shape).find(input);
  if (declared == bytes_[shape].end()) return;
  if (declared->second != bytes)
    throw Error(ErrorKind::kInternal, "the graph's input `" + input + "` holds " +
                                          std::to_string(declared->second) + " bytes, not " +
                                          std::to_string(bytes));
  stream.upload(buffers_.find(input)->second.operand(), data, bytes);
}

void BatchBuffers::load(runtime::Stream& stream, const data::Batch& batch) {
  for (const auto& [input, values] : batch.inputs)
    put(stream, batch.shape, input, values.data(), values.size() * sizeof(int32_t));
}

void BatchBuffers::set(runtime::Stream& stream, const std::string& input,
                       const std::vector<float>& values) {
  stage(stream, input, values.data(), values.size() * sizeof(float));
}

void BatchBuffers::set(runtime::Stream& stream, const std::string& input,
                       const std::vector<int64_t>& values) {
  stage(stream, input, values.data(), values.size() * sizeof(int64_t));
}

void BatchBuffers::stage(runtime::Stream& stream, const std::string& input, const void* data,
                         uint64_t bytes) {
  auto& staging = scalars_[input];
  staging.resize(bytes);
  std::memcpy(staging.data(), data, bytes);
  put(stream, 0, input, staging.data(), bytes);
}

}  // namespace lmos::train
