#include "train/batch_buffers.h"

#include <cstring>

#include "errors/error.h"
#include "runtime/executable.h"

namespace lmos::train {

uint64_t BatchBuffers::bytes(const graph::Graph& bound) {
  uint64_t total = 0;
  for (const graph::ValueId input : bound.inputs) total += bound.type(input).bytes();
  return total;
}

BatchBuffers::BatchBuffers(runtime::Device& device, const graph::Graph& bound, int64_t rows,
                           int64_t sequence)
    : rows_(rows), sequence_(sequence) {
  for (const graph::ValueId input : bound.inputs) {
    const graph::Value& value = bound.value(input);
    buffers_.emplace(value.name,
                     device.allocate(value.type.bytes(), runtime::MemoryCategory::kInputs));
  }
  const size_t tokens = static_cast<size_t>(rows * sequence);
  for (auto* staging : {&input_ids_, &positions_, &segments_, &labels_}) staging->resize(tokens);
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

void BatchBuffers::set(runtime::Stream& stream, const std::string& input,
                       const std::vector<int32_t>& values) {
  stage(stream, input, values.data(), values.size() * sizeof(int32_t));
}

void BatchBuffers::put(runtime::Stream& stream, const std::string& input, const void* data,
                       uint64_t bytes) {
  const auto buffer = buffers_.find(input);
  if (buffer == buffers_.end()) return;
  if (buffer->second.bytes() != bytes)
    throw Error(ErrorKind::kInternal, "the graph's input `" + input + "` holds " +
                                          std::to_string(buffer->second.bytes()) + " bytes, not " +
                                          std::to_string(bytes));
  stream.upload(buffer->second.operand(), data, bytes);
}

void BatchBuffers::upload_tokens(runtime::Stream& stream) {
  const uint64_t bytes = input_ids_.size() * sizeof(int32_t);
  put(stream, "input_ids", input_ids_.data(), bytes);
  put(stream, "positions", positions_.data(), bytes);
  put(stream, "segments", segments_.data(), bytes);
  put(stream, "labels", labels_.data(), bytes);
}

void BatchBuffers::load(runtime::Stream& stream, const data::BatchSource& source, uint64_t step,
                        int64_t first_row) {
  source.fill(step, first_row, rows_,
              {input_ids_.data(), positions_.data(), segments_.data(), labels_.data()});
  upload_tokens(stream);
}

void BatchBuffers::load(runtime::Stream& stream, const std::vector<int32_t>& input_ids,
                        const std::vector<int32_t>& labels) {
  input_ids_ = input_ids;
  labels_ = labels;
  for (int64_t token = 0; token < rows_ * sequence_; ++token) {
    positions_[token] = static_cast<int32_t>(token % sequence_);
    segments_[token] = 0;
  }
  upload_tokens(stream);
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
  put(stream, input, staging.data(), bytes);
}

}  // namespace lmos::train
