// The definitions of all ops, each in its own file (families of formulas share one).
#pragma once

#include "graph/op.h"

namespace lmos::graph {

extern const Op kConstant;
extern const Op kIota;
extern const Op kCast;
extern const Op kNeg;
extern const Op kExp;
extern const Op kLog;
extern const Op kSqrt;
extern const Op kRsqrt;
extern const Op kSigmoid;
extern const Op kTanh;
extern const Op kErf;
extern const Op kSin;
extern const Op kCos;
extern const Op kAdd;
extern const Op kSub;
extern const Op kMul;
extern const Op kDiv;
extern const Op kMinimum;
extern const Op kMaximum;
extern const Op kEqual;
extern const Op kLess;
extern const Op kSelect;
extern const Op kBroadcast;
extern const Op kReduceSum;
extern const Op kReduceMax;
extern const Op kReshape;
extern const Op kTranspose;
extern const Op kSlice;
extern const Op kPad;
extern const Op kConcat;
extern const Op kMatmul;
extern const Op kMatmulAdd;
extern const Op kGatherRows;
extern const Op kScatterAddRows;
extern const Op kRandomUniform;
extern const Op kAssign;
extern const Op kAccumulate;
extern const Op kLargest;
extern const Op kLinear;
extern const Op kLinearWeightGrad;
extern const Op kRmsNorm;
extern const Op kRmsNormGrad;
extern const Op kAddRmsNorm;
extern const Op kLayerNorm;
extern const Op kLayerNormGrad;
extern const Op kAddLayerNorm;
extern const Op kRope;
extern const Op kSwiglu;
extern const Op kSwigluGrad;
extern const Op kGelu;
extern const Op kGeluGrad;
extern const Op kLinearGelu;
extern const Op kMatmulGeluGrad;
extern const Op kAttention;
extern const Op kAttentionGrad;
extern const Op kPackedAttention;
extern const Op kPackedAttentionGrad;
extern const Op kPagedAttention;
extern const Op kRopePagedAttention;
extern const Op kRmsNormLinear;
extern const Op kRmsNormSwiglu;
extern const Op kLinearAdd;
extern const Op kLinearCompact;
extern const Op kLinearQuantized;
extern const Op kLinearCrossEntropy;
extern const Op kLinearCrossEntropyGrad;
extern const Op kLinearCrossEntropyStep;
extern const Op kDropout;
extern const Op kGlobalNorm;
extern const Op kAdamw;

}  // namespace lmos::graph
