// rope.h in plain loops.
#pragma once

#include "cpu/rope/rope.h"

namespace lmos::cpu::reference {

void rope(const Rope& args);

}  // namespace lmos::cpu::reference
