// The instruction sets that kernels are compiled for, worst first. Each includes the ones before
// it.
#pragma once

#include <string_view>

namespace lmos::cpu {

enum class Isa { baseline, avx2, avx512, avx512_bf16 };

inline constexpr Isa kAllIsas[] = {Isa::baseline, Isa::avx2, Isa::avx512, Isa::avx512_bf16};

// The best that this machine (and its operating system) runs.
Isa detect_isa();

std::string_view isa_name(Isa isa);

}  // namespace lmos::cpu
