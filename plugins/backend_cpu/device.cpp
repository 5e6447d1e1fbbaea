#include "device.h"

#include <algorithm>

#include "llmasos/config.hpp"

namespace lmos::backend_cpu {
namespace {

cpu::Isa chosen_isa(const lmos_config* section) {
  const cpu::Isa best = cpu::detect_isa();
  const sdk::Config field =
      section == nullptr ? sdk::Config() : sdk::Config(section).find(kIsaField);
  if (!field || field.as_string() == "auto") return best;
  for (const cpu::Isa isa : cpu::kAllIsas) {
    if (cpu::isa_name(isa) != field.as_string()) continue;
    if (isa > best) {
      field.fail("this machine lacks " + std::string(cpu::isa_name(isa)) + "; its best is " +
                 std::string(cpu::isa_name(best)));
    }
    return isa;
  }
  field.fail("unknown instruction set");
}

void for_range(void* threads, int64_t count, int64_t grain, cpu::RangeBody body, void* context) {
  static_cast<const lmos_host_threads*>(threads)->parallel_for(sdk::host(), count, grain, body,
                                                               context);
}

}  // namespace

lmos_device open_device(const lmos_config* section) {
  lmos_device device{chosen_isa(section), {}};
  const auto* threads =
      sdk::find_service<lmos_host_threads>(LMOS_HOST_THREADS_ID, LMOS_HOST_THREADS_V1_SIZE);
  if (threads != nullptr) {
    device.parallel = {const_cast<lmos_host_threads*>(threads),
                       std::max(1, static_cast<int32_t>(threads->thread_count(sdk::host()))),
                       for_range};
  }
  if (section != nullptr)
    device.batch_invariant = sdk::Config(section).bool_or(kBatchInvariantField, false);
  return device;
}

}  // namespace lmos::backend_cpu
