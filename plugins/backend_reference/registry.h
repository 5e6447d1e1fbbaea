// The operations by name, listed once.
#pragma once

#include <string_view>

#include "kernel.h"

namespace lmos::reference {

// Null if there is none of that name.
Prepare find_operation(std::string_view name);

}  // namespace lmos::reference
