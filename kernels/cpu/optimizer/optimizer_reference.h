// optimizer.h in plain loops.
#pragma once

#include "cpu/optimizer/optimizer.h"

namespace lmos::cpu::reference {

void adamw(const Adamw& args);
double sum_of_squares(const SumOfSquares& args);

}  // namespace lmos::cpu::reference
