// rows.h in plain loops.
#pragma once

#include "cpu/rows/rows.h"

namespace lmos::cpu::reference {

void scatter_add_rows(const ScatterAddRows& args);

}  // namespace lmos::cpu::reference
