#include "cpu/kernels.h"

namespace lmos::cpu {

#define LMOS_DECLARE(isa)                                                            \
  namespace isa {                                                                    \
  extern const ActivationKernels activation_kernels;                                 \
  extern const AttentionKernels attention_kernels;                                   \
  extern const ElementwiseKernels elementwise_kernels;                               \
  extern const GeluKernels gelu_kernels;                                             \
  extern const LayerNormKernels layer_norm_kernels;                                  \
  extern const LossKernels loss_kernels;                                             \
  extern const NormKernels norm_kernels;                                             \
  extern const OptimizerKernels optimizer_kernels;                                   \
  extern const RandomKernels random_kernels;                                         \
  extern const ReduceKernels reduce_kernels;                                         \
  extern const RopeKernels rope_kernels;                                             \
  extern const RowKernels row_kernels;                                               \
  extern const SkinnyKernels skinny_kernels;                                         \
  const Kernels kernels{activation_kernels, attention_kernels,  elementwise_kernels, \
                        gelu_kernels,       layer_norm_kernels, loss_kernels,        \
                        norm_kernels,       optimizer_kernels,  random_kernels,      \
                        reduce_kernels,     rope_kernels,       row_kernels,         \
                        skinny_kernels};                                             \
  }

LMOS_DECLARE(baseline)
LMOS_DECLARE(avx2)
LMOS_DECLARE(avx512)
LMOS_DECLARE(avx512_bf16)
#undef LMOS_DECLARE

const Kernels& kernels(Isa isa) {
  switch (isa) {
    case Isa::avx2:
      return avx2::kernels;
    case Isa::avx512:
      return avx512::kernels;
    case Isa::avx512_bf16:
      return avx512_bf16::kernels;
    default:
      return baseline::kernels;
  }
}

}  // namespace lmos::cpu
