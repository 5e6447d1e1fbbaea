// rms_norm.h in plain loops.
#pragma once

#include "cpu/norm/rms_norm.h"

namespace lmos::cpu::reference {

void rms_norm(const RmsNorm& args);
void rms_norm_grad(const RmsNormGrad& args);

}  // namespace lmos::cpu::reference
