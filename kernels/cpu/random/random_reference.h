// random.h in plain loops.
#pragma once

#include <cstdint>

namespace lmos::cpu::reference {

// The uniform number of element i.
float uniform(const int64_t* state, uint32_t site, int64_t i);

}  // namespace lmos::cpu::reference
