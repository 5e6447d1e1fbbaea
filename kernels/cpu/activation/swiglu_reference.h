// swiglu.h in plain loops.
#pragma once

#include "cpu/activation/swiglu.h"

namespace lmos::cpu::reference {

void swiglu(const Swiglu& args);
void swiglu_grad(const SwigluGrad& args);

}  // namespace lmos::cpu::reference
