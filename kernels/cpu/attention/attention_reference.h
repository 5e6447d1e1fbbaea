// attention.h in plain loops.
#pragma once

#include "cpu/attention/attention.h"

namespace lmos::cpu::reference {

void attention(const Attention& args);
void attention_grad(const AttentionGrad& args);
void paged_attention(const PagedAttention& args);

}  // namespace lmos::cpu::reference
