// The inputs of micro-batches: given by the host, kept on the device.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/batches.h"
#include "graph/graph.h"
#include "runtime/device.h"

namespace lmos::runtime {
class Executable;
}

namespace lmos::train {

// One thread at a time.
class BatchBuffers {
 public:
  // For micro-batches of several shapes: `shapes` holds a bound graph for each. Of an input that
  // they declare there is one buffer, as large as the largest of them.
  BatchBuffers(runtime::Device& device, const std::vector<const graph::Graph*>& shapes);

  // Binds every input that the executable's graph declares.
  void bind(runtime::Executable& executable) const;

  // Enqueues copies of the batch's inputs; it must not change until the stream is synchronised.
  // Inputs that the graphs do not declare are passed over. Error(kInternal) if one has another
  // length than its shape says.
  void load(runtime::Stream& stream, const data::Batch& batch);

  // Scalars and small vectors by the name of the input, of the same size in all shapes; those that
  // the graphs do not declare are passed over.
  void set(runtime::Stream& stream, const std::string& input, const std::vector<float>& values);
  void set(runtime::Stream& stream, const std::string& input, const std::vector<int64_t>& values);

  static uint64_t bytes(const std::vector<const graph::Graph*>& shapes);

 private:
  void stage(runtime::Stream& stream, const std::string& input, const void* data, uint64_t bytes);
  void put(runtime::Stream& stream, size_t shape, const std::string& input, const void* data,
           uint64_t bytes);

  std::vector<std::map<std::string, uint64_t, std::less<>>> bytes_;  // of each input, by shape
  std::map<std::string, runtime::Buffer, std::less<>> buffers_;
  std::map<std::string, std::vector<std::byte>, std::less<>> scalars_;  // staging
};

}  // namespace lmos::train
