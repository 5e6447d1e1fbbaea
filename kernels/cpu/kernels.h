// The kernels that are compiled once for each instruction set.
#pragma once

#include "cpu/activation/gelu.h"
#include "cpu/activation/swiglu.h"
#include "cpu/attention/attention.h"
#include "cpu/elementwise/elementwise.h"
#include "cpu/isa.h"
#include "cpu/loss/cross_entropy.h"
#include "cpu/movement/reduce.h"
#include "cpu/norm/layer_norm.h"
#include "cpu/norm/rms_norm.h"
#include "cpu/optimizer/optimizer.h"
#include "cpu/products/skinny.h"
#include "cpu/random/random.h"
#include "cpu/rope/rope.h"
#include "cpu/rows/rows.h"

namespace lmos::cpu {

struct Kernels {
  const ActivationKernels& activation;
  const AttentionKernels& attention;
  const ElementwiseKernels& elementwise;
  const GeluKernels& gelu;
  const LayerNormKernels& layer_norm;
  const LossKernels& loss;
  const NormKernels& norm;
  const OptimizerKernels& optimizer;
  const RandomKernels& random;
  const ReduceKernels& reduce;
  const RopeKernels& rope;
  const RowKernels& rows;
  const SkinnyKernels& skinny;
};

// `isa` is one that this machine runs: at most detect_isa().
const Kernels& kernels(Isa isa);

}  // namespace lmos::cpu
