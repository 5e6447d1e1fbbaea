#include "stream.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "check.h"
#include "llmasos/error.hpp"
#include "llmasos/host.hpp"

namespace lmos::backend_cuda {
namespace {

constexpr size_t kSlots = 8;
constexpr uint64_t kSlotBytes = uint64_t{1} << 20;
constexpr uint64_t kLandingBytes = uint64_t{4} << 20;

std::byte* place_of(const lmos_operand& operand, uint64_t bytes, const char* doing) {
  const auto& buffer = sdk::object<Buffer>(operand.buffer);
  if (!buffer.holds(operand.offset, bytes))
    throw sdk::invalid(std::string("cuda: ") + doing + " past the end of the buffer");
  return buffer.memory() + operand.offset;
}

std::string describe(const cuda::Fault& fault) {
  const char* what = "";
  switch (fault.kind) {
    case cuda::FaultKind::none:
      break;
    case cuda::FaultKind::row:
      what = "an index of rows";
      break;
    case cuda::FaultKind::label:
      what = "a label";
      break;
    case cuda::FaultKind::sequence:
      what = "a sequence";
      break;
    case cuda::FaultKind::position:
      what = "a position";
      break;
    case cuda::FaultKind::page:
      what = "a page of the cache";
      break;
  }
  return std::string("cuda: ") + what + " is " + std::to_string(fault.value) +
         ", which is outside [0, " + std::to_string(fault.limit) + ")";
}

}  // namespace

Stream::Stream(Device& device) : device_(device), slots_(kSlots) {
  device_.activate();
  try {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a stream");
    for (Slot& slot : slots_) {
      slot.memory = allocate_pinned<std::byte>(kSlotBytes);
      check(cudaEventCreateWithFlags(&slot.done, cudaEventDisableTiming), "creating an event");
    }
    landing_ = allocate_pinned<std::byte>(kLandingBytes);
  } catch (...) {
    release();
    throw;
  }
}

Stream::~Stream() {
  cudaStreamSynchronize(stream_);
  release();
}

void Stream::release() {
  for (const Slot& slot : slots_) {
    if (slot.done != nullptr) cudaEventDestroy(slot.done);
    cudaFreeHost(slot.memory);
  }
  cudaFreeHost(landing_);
  if (stream_ != nullptr) cudaStreamDestroy(stream_);
}

Stream::Slot& Stream::next_slot() {
  Slot& slot = slots_[next_slot_];
  next_slot_ = (next_slot_ + 1) % slots_.size();
  check(cudaEventSynchronize(slot.done), "waiting for a copy");
  return slot;
}

void Stream::upload(lmos_operand destination, const void* source, uint64_t bytes) {
  device_.activate();
  std::byte* to = place_of(destination, bytes, "upload");
  const auto* from = static_cast<const std::byte*>(source);
  for (uint64_t done = 0; done < bytes; done += kSlotBytes) {
    const uint64_t part = std::min(kSlotBytes, bytes - done);
    Slot& slot = next_slot();
    std::memcpy(slot.memory, from + done, part);
    check(cudaMemcpyAsync(to + done, slot.memory, part, cudaMemcpyHostToDevice, stream_), "upload");
    check(cudaEventRecord(slot.done, stream_), "upload");
  }
}

void Stream::download(void* destination, lmos_operand source, uint64_t bytes) {
  device_.activate();
  const std::byte* from = place_of(source, bytes, "download");
  if (bytes > kLandingBytes - landed_)
    return download_large(static_cast<std::byte*>(destination), from, bytes);
  check(cudaMemcpyAsync(landing_ + landed_, from, bytes, cudaMemcpyDeviceToHost, stream_),
        "download");
  arrivals_.push_back({destination, landing_ + landed_, bytes});
  landed_ += bytes;
}

void Stream::download_large(std::byte* destination, const std::byte* source, uint64_t bytes) {
  // The device fills one slot while the host empties the one before.
  Slot* filling = nullptr;
  uint64_t filling_at = 0;
  const auto empty = [&] {
    if (filling == nullptr) return;
    check(cudaEventSynchronize(filling->done), "download");
    std::memcpy(destination + filling_at, filling->memory,
                std::min(kSlotBytes, bytes - filling_at));
  };
  for (uint64_t done = 0; done < bytes; done += kSlotBytes) {
    Slot& slot = next_slot();
    check(cudaMemcpyAsync(slot.memory, source + done, std::min(kSlotBytes, bytes - done),
                          cudaMemcpyDeviceToHost, stream_),
          "download");
    check(cudaEventRecord(slot.done, stream_), "download");
    empty();
    filling = &slot;
    filling_at = done;
  }
  empty();
}

void Stream::synchronize() {
  device_.activate();
  check(cudaStreamSynchronize(stream_), "the work on the device failed");
  for (const Arrival& arrival : arrivals_)
    std::memcpy(arrival.destination, arrival.source, arrival.bytes);
  arrivals_.clear();
  landed_ = 0;
  if (device_.fault()->kind != cuda::FaultKind::none) {
    const cuda::Fault fault = *device_.fault();
    *device_.fault() = {};
    throw sdk::invalid(describe(fault));
  }
}

void Stream::begin_recording() {
  device_.activate();
  // Other threads' calls are none of this recording's business.
  check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "recording kernels");
}

std::unique_ptr<Recording> Stream::end_recording() {
  device_.activate();
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream_, &graph), "recording kernels");
  return std::make_unique<Recording>(graph);
}

Recording::Recording(cudaGraph_t graph) {
  const cudaError_t status = cudaGraphInstantiate(&graph_, graph, 0);
  cudaGraphDestroy(graph);
  check(status, "making a graph of the recorded kernels");
}

Recording::~Recording() { cudaGraphExecDestroy(graph_); }

void Recording::launch(Stream& stream) {
  stream.device().activate();
  check(cudaGraphLaunch(graph_, stream.get()), "launching recorded kernels");
}

}  // namespace lmos::backend_cuda
