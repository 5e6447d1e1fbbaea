// Lets an exception out of init.
#include <stdexcept>

#include "llmasos/dataset.h"
#include "llmasos/plugin.h"
#include "llmasos/text.hpp"

namespace {

constexpr lmos_string kInterfaces[] = {lmos::sdk::borrow(LMOS_DATASET_ID)};

constexpr lmos_plugin kPlugin = {
    .struct_size = sizeof(lmos_plugin),
    .abi_min = LMOS_ABI_VERSION,
    .abi_max = LMOS_ABI_VERSION,
    .name = lmos::sdk::borrow("throw_in_init"),
    .version = lmos::sdk::borrow("1"),
    .interfaces = kInterfaces,
    .interface_count = 1,
    .init = [](const lmos_host*) -> lmos_status { throw std::runtime_error("the moon is full"); },
    .get_interface = [](lmos_string) -> const void* { return nullptr; },
};

}  // namespace

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info*) { return &kPlugin; }
