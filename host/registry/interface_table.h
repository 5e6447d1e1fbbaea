// The checks that the table of an interface passes before anything calls it.
#pragma once

#include <string_view>

namespace lmos::registry {

// Throws Error(kPlugin) if the table is absent, smaller than version 1 of the interface, or lacks a
// mandatory function. Of ids that this host does not know, only presence is checked.
void check_interface_table(std::string_view id, const void* table);

}  // namespace lmos::registry
