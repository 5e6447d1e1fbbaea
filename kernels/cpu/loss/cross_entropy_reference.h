// cross_entropy.h and linear_cross_entropy.h in plain loops.
#pragma once

#include "cpu/loss/cross_entropy.h"
#include "cpu/loss/linear_cross_entropy.h"

namespace lmos::cpu::reference {

// Loss and gradients of all tokens; args.lse is always written.
void linear_cross_entropy(const LinearCrossEntropyShape& shape,
                          const LinearCrossEntropyGradArgs& args);

}  // namespace lmos::cpu::reference
