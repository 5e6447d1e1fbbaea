// linear_cross_entropy, its gradient, and both in one step. Logits exist for one token at a time.
#include <algorithm>
#include <limits>
#include <string>

#include "ops/operations.h"

namespace lmos::reference {
namespace {

struct HeadShape {
  int64_t tokens, embed, vocab, ignore;
  lmos_dtype bias;  // 0: none
};

// `bias`: index of the optional input.
HeadShape head_shape(const Node& node, size_t x_index, size_t bias) {
  const Tensor &x = node.input(x_index), &w = node.input(x_index + 1),
               &labels = node.input(x_index + 2);
  node.expect(x.rank() == 2 && w.rank() == 2 && x.dtype == w.dtype && x.last() == w.last(),
              "x [T,E] and w [V,E] of one dtype");
  node.expect(labels.dtype == LMOS_I32 && labels.dims == std::vector{x.dims[0]}, "i32 labels [T]");
  lmos_dtype bias_dtype = node.has_input(bias) ? node.input(bias).dtype : 0;
  node.expect(!node.has_input(bias) ||
                  (node.input(bias).is_float() && node.input(bias).dims == std::vector{w.dims[0]}),
              "a float b [V]");
  return {x.dims[0], x.last(), w.dims[0], node.integer("ignore"), bias_dtype};
}

void expect_per_token(const Node& node, const Tensor& tensor, const Tensor& x) {
  node.expect(tensor.dtype == statistic_dtype(x.dtype) && tensor.dims == std::vector{x.dims[0]},
              "per-token values [T] in f32, or f64 for an f64 x");
}

void check_label(const HeadShape& s, int32_t label) {
  if (label != s.ignore && (label < 0 || label >= s.vocab)) {
    throw Invalid("linear_cross_entropy: label " + std::to_string(label) + " is outside [0, " +
                  std::to_string(s.vocab) + ") and is not `ignore`");
  }
}

// logits = w x + b of one token; returns their log-sum-exp.
template <class T>
double project(const HeadShape& s, const T* x, const T* w, const void* bias, double* logits) {
  FloatReader b(bias, s.bias);
  double highest = -std::numeric_limits<double>::infinity();
  for (int64_t v = 0; v < s.vocab; ++v) {
    double sum = s.bias != 0 ? b[v] : 0;
    for (int64_t e = 0; e < s.embed; ++e)
      sum += static_cast<double>(widen(x[e])) * widen(w[v * s.embed + e]);
    logits[v] = sum;
    highest = std::max(highest, sum);
  }
  double total = 0;
  for (int64_t v = 0; v < s.vocab; ++v) total += std::exp(logits[v] - highest);
  return highest + std::log(total);
}

// Scratch of the gradients: logits [V], dw [V,E], db [V], dx [E].
struct GradScratch {
  double *logits, *dw, *db, *dx;
  GradScratch(const HeadShape& s, double* memory)
      : logits(memory), dw(logits + s.vocab), db(dw + s.vocab * s.embed), dx(db + s.vocab) {
    std::fill_n(dw, s.vocab * s.embed + s.vocab, 0.0);
  }
  static uint64_t bytes(const HeadShape& s) {
    return static_cast<uint64_t>(2 * s.vocab + s.vocab * s.embed + s.embed) * sizeof(double);
  }
};

// One token: dlogits = dloss · (softmax − onehot); dx = dlogits w; dw += dlogitsᵀ x; db += dlogits.
template <class T>
void backward(const HeadShape& s, const GradScratch& scratch, double dloss, double lse,
              int32_t label, const T* x, const T* w, T* dx) {
  std::fill_n(scratch.dx, s.embed, 0.0);
  for (int64_t v = 0; v < s.vocab; ++v) {
    double dlogit = dloss * (std::exp(scratch.logits[v] - lse) - (v == label ? 1 : 0));
    scratch.db[v] += dlogit;
    for (int64_t e = 0; e < s.embed; ++e) {
      scratch.dx[e] += dlogit * widen(w[v * s.embed + e]);
      scratch.dw[v * s.embed + e] += dlogit * widen(x[e]);
    }
  }
  for (int64_t e = 0; e < s.embed; ++e) dx[e] = narrow<T>(scratch.dx[e]);
}

// dx at `dx_index`, dw and, with a bias, db after it.
void expect_gradients(const Node& node, size_t x_index, size_t dx_index, size_t bias) {
  node.expect(node.output(dx_index) == node.input(x_index), "dx of x's type");
  const Tensor& dw = node.output(dx_index + 1);
  node.expect(dw.is_float() && dw.dims == node.input(x_index + 1).dims, "dw of w's shape");
  if (node.has_input(bias)) {
    node.expect(node.output(dx_index + 2) == node.input(bias), "db of b's type");
  }
}

void write_gradients(const HeadShape& s, const GradScratch& scratch, const Operands& operands,
                     size_t dw_index, lmos_dtype dw_dtype) {
  FloatWriter dw(operands[dw_index], dw_dtype);
  for (int64_t i = 0; i < s.vocab * s.embed; ++i) dw.set(i, scratch.dw[i]);
  if (s.bias == 0) return;
  FloatWriter db(operands[dw_index + 1], s.bias);
  for (int64_t v = 0; v < s.vocab; ++v) db.set(v, scratch.db[v]);
}

// The memory of the optional bias, operand `index`.
const void* bias_of(const HeadShape& s, const Operands& operands, size_t index) {
  return s.bias == 0 ? nullptr : operands[index];
}

}  // namespace

Kernel prepare_linear_cross_entropy(const Node& node) {
  node.expect_operands(3, 1, 2);
  HeadShape shape = head_shape(node, 0, 3);
  expect_per_token(node, node.output(0), node.input(0));
  expect_per_token(node, node.output(1), node.input(0));
  Kernel kernel{by_float(node, node.input(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [s = shape, loss = node.inputs().size()](const Operands& operands) {
      const int32_t* labels = operands.as<int32_t>(2);
      double* logits = operands.scratch<double>();
      for (int64_t t = 0; t < s.tokens; ++t) {
        check_label(s, labels[t]);
        double lse = project(s, operands.as<T>(0) + t * s.embed, operands.as<T>(1),
                             bias_of(s, operands, 3), logits);
        operands.as<stat_t<T>>(loss)[t] =
            labels[t] == s.ignore ? 0 : static_cast<stat_t<T>>(lse - logits[labels[t]]);
        operands.as<stat_t<T>>(loss + 1)[t] = static_cast<stat_t<T>>(lse);
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(shape.vocab) * sizeof(double);
  return kernel;
}

Kernel prepare_linear_cross_entropy_grad(const Node& node) {
  node.expect_operands(5, 1, node.has_input(5) ? 3 : 2);
  HeadShape shape = head_shape(node, 1, 5);
  expect_per_token(node, node.input(0), node.input(1));
  expect_per_token(node, node.input(4), node.input(1));
  expect_gradients(node, 1, 0, 5);
  Kernel kernel{by_float(node, node.input(1).dtype, [&](auto element) {
    using T = decltype(element);
    return [s = shape, dw_dtype = node.output(1).dtype,
            outputs = node.inputs().size()](const Operands& operands) {
      const auto* dloss = operands.as<stat_t<T>>(0);
      const T* w = operands.as<T>(2);
      const int32_t* labels = operands.as<int32_t>(3);
      const auto* lse = operands.as<stat_t<T>>(4);
      GradScratch scratch(s, operands.scratch<double>());
      for (int64_t t = 0; t < s.tokens; ++t) {
        const T* x = operands.as<T>(1) + t * s.embed;
        T* dx = operands.as<T>(outputs) + t * s.embed;
        check_label(s, labels[t]);
        if (labels[t] == s.ignore) {
          std::fill_n(dx, s.embed, T{});
          continue;
        }
        project(s, x, w, bias_of(s, operands, 5), scratch.logits);
        backward(s, scratch, dloss[t], lse[t], labels[t], x, w, dx);
      }
      write_gradients(s, scratch, operands, outputs + 1, dw_dtype);
    };
  })};
  kernel.scratch_bytes = GradScratch::bytes(shape);
  return kernel;
}

Kernel prepare_linear_cross_entropy_step(const Node& node) {
  node.expect_operands(4, 1, node.has_input(4) ? 4 : 3);
  HeadShape shape = head_shape(node, 1, 4);
  node.expect(
      node.input(0).dtype == statistic_dtype(node.input(1).dtype) && node.input(0).rank() == 0,
      "a scalar scale in f32, or f64 for an f64 x");
  expect_per_token(node, node.output(0), node.input(1));
  expect_gradients(node, 1, 1, 4);
  Kernel kernel{by_float(node, node.input(1).dtype, [&](auto element) {
    using T = decltype(element);
    return [s = shape, dw_dtype = node.output(2).dtype,
            outputs = node.inputs().size()](const Operands& operands) {
      double scale = *operands.as<stat_t<T>>(0);
      const T* w = operands.as<T>(2);
      const int32_t* labels = operands.as<int32_t>(3);
      auto* loss = operands.as<stat_t<T>>(outputs);
      GradScratch scratch(s, operands.scratch<double>());
      for (int64_t t = 0; t < s.tokens; ++t) {
        const T* x = operands.as<T>(1) + t * s.embed;
        T* dx = operands.as<T>(outputs + 1) + t * s.embed;
        check_label(s, labels[t]);
        if (labels[t] == s.ignore) {
          loss[t] = 0;
          std::fill_n(dx, s.embed, T{});
          continue;
        }
        double lse = project(s, x, w, bias_of(s, operands, 4), scratch.logits);
        loss[t] = static_cast<stat_t<T>>(lse - scratch.logits[labels[t]]);
        backward(s, scratch, scale, lse, labels[t], x, w, dx);
      }
      write_gradients(s, scratch, operands, outputs + 2, dw_dtype);
    };
  })};
  kernel.scratch_bytes = GradScratch::bytes(shape);
  return kernel;
}

}  // namespace lmos::reference
