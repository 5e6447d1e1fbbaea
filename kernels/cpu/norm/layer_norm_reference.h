// layer_norm.h in plain loops.
#pragma once

#include "cpu/norm/layer_norm.h"

namespace lmos::cpu::reference {

void layer_norm(const LayerNorm& args);
void layer_norm_grad(const LayerNormGrad& args);

}  // namespace lmos::cpu::reference
