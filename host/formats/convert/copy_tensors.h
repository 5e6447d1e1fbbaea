// Streaming tensors from their source into a writer.
#pragma once

#include <map>
#include <string>

#include "formats/convert/conversion.h"
#include "formats/stored_tensor.h"

namespace lmos {

struct PlannedTensor {
  StoredTensor source;
  TensorEncoding target;
  bool in_map = true;  // the source lies in a mapped file, whose pages can be read again
};
// By the name that is written.
using ConversionPlan = std::map<std::string, PlannedTensor, std::less<>>;

// Error(kInput) naming the first tensor that cannot be had as its target.
void check_plan(const ConversionPlan& plan, const std::string& where);

// Bytes that will be written.
uint64_t planned_bytes(const ConversionPlan& plan);

// Gives one tensor's data to `append` in pieces, reporting progress; `done` is advanced. The pages
// of the source are released, so that the map of a large file does not fill the memory.
void copy_tensor(const std::string& name, const PlannedTensor& tensor, uint64_t total,
                 uint64_t& done, const ConversionEvents& events,
                 const std::function<void(std::span<const std::byte>)>& append);

// All tensors, in the order in which `writer` wants them.
template <typename Writer>
ConversionResult copy_tensors(const ConversionPlan& plan, Writer& writer,
                              const ConversionEvents& events) {
  const uint64_t total = planned_bytes(plan);
  uint64_t done = 0;
  if (events.on_progress) events.on_progress(done, total);
  for (const auto& tensor : writer.tensors())
    copy_tensor(tensor.name, plan.at(tensor.name), total, done, events,
                [&](std::span<const std::byte> data) { writer.append(tensor.name, data); });
  writer.commit();
  return {plan.size(), total};
}

}  // namespace lmos
