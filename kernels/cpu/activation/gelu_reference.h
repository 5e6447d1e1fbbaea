// gelu.h in plain loops.
#pragma once

#include "cpu/activation/gelu.h"

namespace lmos::cpu::reference {

void gelu(const Gelu& args);
void gelu_grad(const GeluGrad& args);

}  // namespace lmos::cpu::reference
