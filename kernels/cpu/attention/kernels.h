// The attention kernels of one instruction set, each in a file of its own.
#pragma once

#include "cpu/attention/attention.h"

namespace lmos::cpu::LMOS_ISA {

void attention(const Parallel& parallel, const Attention& args);
void attention_grad(const Parallel& parallel, const AttentionGrad& args);
bool paged_attention(const Parallel& parallel, const PagedAttention& args);

}  // namespace lmos::cpu::LMOS_ISA
