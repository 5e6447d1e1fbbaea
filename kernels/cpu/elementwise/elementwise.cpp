#include "cpu/elementwise/elementwise.h"

#include "cpu/simd/math.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

constexpr int64_t kGrain = 8192;  // elements

// y[i] = function(x[i])
template <class Function>
void map(const Parallel& parallel, const UnaryArgs& args, const Function& function) {
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
      const T* x = static_cast<const T*>(args.x) + begin;
      T* y = static_cast<T*>(args.y) + begin;
      vectors(end - begin,
              [&](int64_t i, auto lanes) { store(y + i, function(load(x + i, lanes)), lanes); });
    });
  });
}

// y[i] = function(a[i], b[i])
template <class Function>
void map(const Parallel& parallel, const BinaryArgs& args, const Function& function) {
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
      const T* a = static_cast<const T*>(args.a) + begin;
      const T* b = static_cast<const T*>(args.b) + begin;
      T* y = static_cast<T*>(args.y) + begin;
      vectors(end - begin, [&](int64_t i, auto lanes) {
        store(y + i, function(load(a + i, lanes), load(b + i, lanes)), lanes);
      });
    });
  });
}

void unary(const Parallel& parallel, const UnaryArgs& args) {
  switch (args.op) {
    case Unary::neg:
      return map(parallel, args, [](F32 x) { return from_bits(bits_of(x) ^ set_i32(INT32_MIN)); });
    case Unary::exp:
      return map(parallel, args, [](F32 x) { return exp(x); });
    case Unary::log:
      return map(parallel, args, [](F32 x) { return log(x); });
    case Unary::sqrt:
      return map(parallel, args, [](F32 x) { return sqrt(x); });
    case Unary::rsqrt:
      return map(parallel, args, [](F32 x) { return F32::set(1.f) / sqrt(x); });
    case Unary::sigmoid:
      return map(parallel, args, [](F32 x) { return sigmoid(x); });
    case Unary::tanh:
      return map(parallel, args, [](F32 x) { return tanh(x); });
    case Unary::erf:
      return map(parallel, args, [](F32 x) { return erf(x); });
    case Unary::sin:
      return map(parallel, args, [](F32 x) { return sin_cos(x).sin; });
    case Unary::cos:
      return map(parallel, args, [](F32 x) { return sin_cos(x).cos; });
  }
}

void binary(const Parallel& parallel, const BinaryArgs& args) {
  switch (args.op) {
    case Binary::add:
      return map(parallel, args, [](F32 a, F32 b) { return a + b; });
    case Binary::sub:
      return map(parallel, args, [](F32 a, F32 b) { return a - b; });
    case Binary::mul:
      return map(parallel, args, [](F32 a, F32 b) { return a * b; });
    case Binary::div:
      return map(parallel, args, [](F32 a, F32 b) { return a / b; });
    // Of a NaN and a number, `minimum` and `maximum` give the second operand.
    case Binary::minimum:
      return map(parallel, args, [](F32 a, F32 b) { return select(is_nan(a), a, minimum(a, b)); });
    case Binary::maximum:
      return map(parallel, args, [](F32 a, F32 b) { return select(is_nan(a), a, maximum(a, b)); });
  }
}

void convert(const Parallel& parallel, const ConvertArgs& args) {
  with_type(args.from, [&]<class S>(Type<S>) {
    with_type(args.to, [&]<class T>(Type<T>) {
      for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
        const S* x = static_cast<const S*>(args.x) + begin;
        T* y = static_cast<T*>(args.y) + begin;
        if (args.accumulate) {
          vectors(end - begin, [&](int64_t i, auto lanes) {
            T added[F32::kWidth];
            load(x + i, lanes).store(added);
            store(y + i, load(y + i, lanes) + F32::load(added), lanes);
          });
        } else {
          vectors(end - begin,
                  [&](int64_t i, auto lanes) { store(y + i, load(x + i, lanes), lanes); });
        }
      });
    });
  });
}

}  // namespace

extern const ElementwiseKernels elementwise_kernels;
const ElementwiseKernels elementwise_kernels{unary, binary, convert};

}  // namespace lmos::cpu::LMOS_ISA
