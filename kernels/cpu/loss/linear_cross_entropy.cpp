#include "cpu/loss/linear_cross_entropy.h"

#include <algorithm>
#include <optional>

#include "cpu/products/matmul.h"

namespace lmos::cpu {
namespace {

// Logits of a chunk stay within the last-level cache of a small machine; fewer tokens than
// kLeastTokens make slow products.
constexpr int64_t kChunkBytes = int64_t{16} << 20;
constexpr int64_t kLeastTokens = 128, kMostTokens = 1024;
// Whose sums stay in the first-level cache.
constexpr int64_t kColumns = 1024;

int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

struct LinearCrossEntropy::Plan {
  const Kernels& kernels;
  LinearCrossEntropyShape shape;
  int64_t chunk;
  bool gradient;

  // The products of a chunk of a given number of tokens: the full one, and a shorter last one.
  struct Products {
    Matmul logits;
    std::optional<Matmul> dx, dw;  // dw is added to what is there
  };
  std::optional<Products> full, last;  // full always
  int64_t product_scratch = 0;

  Plan(const Kernels& k, const LinearCrossEntropyShape& s, bool with_gradient, int32_t threads)
      : kernels(k), shape(s), gradient(with_gradient) {
    chunk = std::clamp(kChunkBytes / (shape.vocab * 4), kLeastTokens, kMostTokens);
    chunk = std::min(chunk, shape.tokens);
    full.emplace(products(chunk, threads));
    if (shape.tokens % chunk != 0) last.emplace(products(shape.tokens % chunk, threads));
  }

  Products products(int64_t tokens, int32_t threads) {
    Products result{Matmul({.type = shape.type,
                            .result_type = Float::f32,
                            .m = tokens,
                            .n = shape.vocab,
                            .k = shape.embed,
                            .transpose_b = true,
                            .bias = shape.bias,
                            .bias_type = shape.bias_type},
                           threads),
                    {},
                    {}};
    product_scratch = std::max(product_scratch, result.logits.scratch_bytes());
    if (gradient) {
      result.dx.emplace(MatmulShape{.type = shape.type,
                                    .result_type = shape.type,
                                    .m = tokens,
                                    .n = shape.embed,
                                    .k = shape.vocab,
                                    .a_step = slope_step()},
                        threads);
      result.dw.emplace(MatmulShape{.type = shape.type,
                                    .result_type = Float::f32,
                                    .m = shape.vocab,
                                    .n = shape.embed,
                                    .k = tokens,
                                    .transpose_a = true,
                                    .accumulate = true,
                                    .a_step = slope_step()},
                        threads);
      product_scratch =
          std::max({product_scratch, result.dx->scratch_bytes(), result.dw->scratch_bytes()});
    }
    return result;
  }

  // Gradients of logits overwrite the logits' rows from their beginnings.
  int64_t slope_step() const { return shape.vocab * 4 / bytes_of(shape.type); }
  int64_t logits_bytes() const { return aligned(chunk * shape.vocab * 4); }
  // dw is summed over chunks in f32.
  bool separate_sum() const { return gradient && shape.weight_grad_type != Float::f32; }
  int64_t sum_bytes() const { return separate_sum() ? aligned(shape.vocab * shape.embed * 4) : 0; }
  // So is dbias.
  bool separate_bias_sum() const { return gradient && shape.bias && shape.bias_type != Float::f32; }
  int64_t bias_sum_bytes() const { return separate_bias_sum() ? aligned(shape.vocab * 4) : 0; }

  bool labels_valid(const int32_t* labels) const {
    return std::all_of(labels, labels + shape.tokens, [&](int32_t label) {
      return label == shape.ignore || (label >= 0 && label < shape.vocab);
    });
  }

  const char* row(const void* x, int64_t token) const {
    return static_cast<const char*>(x) + token * shape.embed * bytes_of(shape.type);
  }
};

LinearCrossEntropy::LinearCrossEntropy(const Kernels& kernels, const LinearCrossEntropyShape& shape,
                                       bool gradient, int32_t threads)
    : plan_(std::make_unique<Plan>(kernels, shape, gradient, threads)) {}

LinearCrossEntropy::~LinearCrossEntropy() = default;

int64_t LinearCrossEntropy::scratch_bytes() const {
  return plan_->logits_bytes() + plan_->sum_bytes() + plan_->bias_sum_bytes() +
         plan_->product_scratch;
}

bool LinearCrossEntropy::loss(const Parallel& parallel, const LinearCrossEntropyArgs& args,
                              void* scratch) const {
  const Plan& plan = *plan_;
  if (!plan.labels_valid(args.labels)) return false;
  const int64_t vocab = plan.shape.vocab;
  float* logits = static_cast<float*>(scratch);
  char* product_scratch = static_cast<char*>(scratch) + plan.logits_bytes();
  for (int64_t first = 0; first < plan.shape.tokens; first += plan.chunk) {
    const int64_t count = std::min(plan.chunk, plan.shape.tokens - first);
    const Plan::Products& products = count == plan.chunk ? *plan.full : *plan.last;
    products.logits.run(parallel, plan.row(args.x, first), args.w, args.bias, logits,
                        product_scratch);
    for_range(parallel, count, 1, [&](int64_t begin, int64_t end, int32_t) {
      const int64_t token = first + begin;
      plan.kernels.loss.cross_entropy({end - begin, vocab, plan.shape.ignore,
                                       logits + begin * vocab, args.labels + token,
                                       args.loss + token, args.lse + token});
    });
  }
  return true;
}

bool LinearCrossEntropy::gradient(const Parallel& parallel, const LinearCrossEntropyGradArgs& args,
                                  void* scratch) const {
  const Plan& plan = *plan_;
  if (!plan.labels_valid(args.labels)) return false;
  const int64_t vocab = plan.shape.vocab, weights = vocab * plan.shape.embed;
  float* logits = static_cast<float*>(scratch);
  char* sum_memory = static_cast<char*>(scratch) + plan.logits_bytes();
  char* bias_memory = sum_memory + plan.sum_bytes();
  char* product_scratch = bias_memory + plan.bias_sum_bytes();
  float* dbias = plan.separate_bias_sum() ? reinterpret_cast<float*>(bias_memory)
                                          : static_cast<float*>(args.dbias);
  if (plan.shape.bias) std::fill_n(dbias, vocab, 0.f);
  float* dw =
      plan.separate_sum() ? reinterpret_cast<float*>(sum_memory) : static_cast<float*>(args.dw);
  for_range(parallel, weights, 65536,
            [&](int64_t begin, int64_t end, int32_t) { std::fill(dw + begin, dw + end, 0.f); });
  for (int64_t first = 0; first < plan.shape.tokens; first += plan.chunk) {
    const int64_t count = std::min(plan.chunk, plan.shape.tokens - first);
    const Plan::Products& products = count == plan.chunk ? *plan.full : *plan.last;
    const char* x = plan.row(args.x, first);
    products.logits.run(parallel, x, args.w, args.bias, logits, product_scratch);
    for_range(parallel, count, 1, [&](int64_t begin, int64_t end, int32_t) {
      const int64_t token = first + begin;
      float* rows = logits + begin * vocab;
      if (args.loss != nullptr) {
        plan.kernels.loss.cross_entropy({end - begin, vocab, plan.shape.ignore, rows,
                                         args.labels + token, args.loss + token, args.lse + token});
      }
      plan.kernels.loss.cross_entropy_grad({plan.shape.type, end - begin, vocab, plan.shape.ignore,
                                            rows, args.labels + token, args.lse + token,
                                            args.dloss + token * args.dloss_step, args.dloss_step,
                                            rows, plan.slope_step()});
    });
    if (plan.shape.bias) {
      for_range(parallel, vocab, kColumns, [&](int64_t begin, int64_t end, int32_t) {
        for (int64_t from = begin; from < end; from += kColumns) {
          plan.kernels.loss.column_sums(
              {plan.shape.type, count, std::min(kColumns, end - from),
               reinterpret_cast<const char*>(logits) + from * bytes_of(plan.shape.type),
               plan.slope_step(), dbias + from});
        }
      });
    }
    products.dx->run(parallel, logits, args.w, nullptr, const_cast<char*>(plan.row(args.dx, first)),
                     product_scratch);
    products.dw->run(parallel, logits, x, nullptr, dw, product_scratch);
  }
  if (plan.separate_sum()) {
    plan.kernels.elementwise.convert(
        parallel, {Float::f32, plan.shape.weight_grad_type, false, weights, dw, args.dw});
  }
  if (plan.separate_bias_sum()) {
    plan.kernels.elementwise.convert(
        parallel, {Float::f32, plan.shape.bias_type, false, vocab, dbias, args.dbias});
  }
  return true;
}

}  // namespace lmos::cpu
