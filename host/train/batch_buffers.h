// The inputs of one micro-batch: staged on the host, kept on the device.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/batch_source.h"
#include "graph/graph.h"
#include "runtime/device.h"

namespace lmos::runtime {
class Executable;
}

namespace lmos::train {

// One thread at a time.
class BatchBuffers {
 public:
  // For micro-batches of `rows` sequences of `sequence` tokens. Allocates a device buffer for each
  // input that `bound` declares.
  BatchBuffers(runtime::Device& device, const graph::Graph& bound, int64_t rows, int64_t sequence);

  // Binds every input that the executable's graph declares.
  void bind(runtime::Executable& executable) const;

  // Rows [first_row, …) of the step's global batch. Enqueues the copies; the staging memory is busy
  // until the stream is synchronised.
  void load(runtime::Stream& stream, const data::BatchSource& source, uint64_t step,
            int64_t first_row);
  // The same from plain arrays of rows · sequence elements each; positions run from 0 in each row,
  // one segment a row.
  void load(runtime::Stream& stream, const std::vector<int32_t>& input_ids,
            const std::vector<int32_t>& labels);

  // Scalars and small vectors by the name of the input; those that the graph does not declare are
  // passed over.
  void set(runtime::Stream& stream, const std::string& input, const std::vector<float>& values);
  void set(runtime::Stream& stream, const std::string& input, const std::vector<int32_t>& values);
  void set(runtime::Stream& stream, const std::string& input, const std::vector<int64_t>& values);

  int64_t rows() const { return rows_; }
  static uint64_t bytes(const graph::Graph& bound);

 private:
  void upload_tokens(runtime::Stream& stream);
  void stage(runtime::Stream& stream, const std::string& input, const void* data, uint64_t bytes);
  void put(runtime::Stream& stream, const std::string& input, const void* data, uint64_t bytes);

  int64_t rows_, sequence_;
  std::map<std::string, runtime::Buffer, std::less<>> buffers_;
  std::map<std::string, std::vector<std::byte>, std::less<>> scalars_;  // staging
  std::vector<int32_t> input_ids_, positions_, segments_, labels_;      // staging
};

}  // namespace lmos::train
