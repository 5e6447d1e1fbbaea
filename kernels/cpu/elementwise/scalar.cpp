#include "cpu/elementwise/scalar.h"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace lmos::cpu {
namespace {

constexpr int64_t kGrain = 8192;  // elements

// body(T{}) with the C++ type of `type`.
template <class Body>
void with_scalar(Scalar type, const Body& body) {
  switch (type) {
    case Scalar::f64:
      return body(double{});
    case Scalar::f32:
      return body(float{});
    case Scalar::bf16:
      return body(bf16{});
    case Scalar::f16:
      return body(f16{});
    case Scalar::i64:
      return body(int64_t{});
    case Scalar::i32:
      return body(int32_t{});
  }
}

template <class T>
constexpr bool is_integer = std::is_integral_v<T>;
template <class T>
constexpr bool is_half = std::is_same_v<T, bf16> || std::is_same_v<T, f16>;

// The type that values of T are computed in.
template <class T>
using Wide = std::conditional_t<is_integer<T>, int64_t, double>;

template <class T>
Wide<T> widen(T value) {
  if constexpr (is_half<T>) {
    return to_f32(value);
  } else {
    return value;
  }
}

// Without the error of rounding twice: the float between is rounded to odd.
template <class Half>
Half double_to_half(double value) {
  Half result;
  const float nearest = static_cast<float>(value);
  if (!(std::abs(nearest) <= std::numeric_limits<float>::max()) || nearest == value) {
    from_f32(nearest, result);
    return result;
  }
  uint32_t bits = std::bit_cast<uint32_t>(nearest);
  if (std::abs(static_cast<double>(nearest)) > std::abs(value)) --bits;
  from_f32(std::bit_cast<float>(bits | 1u), result);
  return result;
}

// From double or int64_t.
template <class T, class W>
T narrow(W value) {
  if constexpr (is_half<T>) {
    return double_to_half<T>(static_cast<double>(value));
  } else if constexpr (is_integer<T> && !is_integer<W>) {
    if (value != value) return 0;
    if (value <= static_cast<W>(std::numeric_limits<T>::min()))
      return std::numeric_limits<T>::min();
    if (value >= static_cast<W>(std::numeric_limits<T>::max()))
      return std::numeric_limits<T>::max();
    return static_cast<T>(value);
  } else {
    return static_cast<T>(value);
  }
}

template <class T>
T plus(T a, T b) {
  if constexpr (is_integer<T>) {  // wraps
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  } else {
    return narrow<T>(widen(a) + widen(b));
  }
}

template <class T>
T apply(Binary op, T a, T b) {
  // Integers wrap, as the hardware's vectors do.
  using U = typename std::conditional_t<is_integer<T>, std::make_unsigned<T>,
                                        std::type_identity<T>>::type;
  switch (op) {
    case Binary::add:
      return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
    case Binary::sub:
      return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
    case Binary::mul:
      return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
    case Binary::div:
      if constexpr (is_integer<T>) {
        return 0;
      } else {
        return a / b;
      }
    case Binary::minimum:
      return b < a || b != b ? b : a;  // NaN wins
    case Binary::maximum:
      return a < b || b != b ? b : a;
  }
  return a;
}

template <class T>
void binary_as(const Parallel& parallel, const ScalarBinary& args) {
  for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
    for (int64_t i = begin; i < end; ++i) {
      static_cast<T*>(args.y)[i] =
          apply(args.op, static_cast<const T*>(args.a)[i], static_cast<const T*>(args.b)[i]);
    }
  });
}

}  // namespace

void scalar_binary(const Parallel& parallel, const ScalarBinary& args) {
  switch (args.type) {
    case Scalar::i64:
      return binary_as<int64_t>(parallel, args);
    case Scalar::i32:
      return binary_as<int32_t>(parallel, args);
    default:
      return binary_as<double>(parallel, args);
  }
}

void compare(const Parallel& parallel, const CompareArgs& args) {
  with_scalar(args.type, [&]<class T>(T) {
    for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t i = begin; i < end; ++i) {
        const auto a = widen(static_cast<const T*>(args.a)[i]);
        const auto b = widen(static_cast<const T*>(args.b)[i]);
        args.y[i] = args.op == Compare::equal ? a == b : a < b;
      }
    });
  });
}

void select(const Parallel& parallel, const SelectArgs& args) {
  const auto pick = [&]<class T>(T) {
    for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t i = begin; i < end; ++i) {
        static_cast<T*>(args.y)[i] = args.condition[i] != 0 ? static_cast<const T*>(args.a)[i]
                                                            : static_cast<const T*>(args.b)[i];
      }
    });
  };
  switch (args.element_bytes) {
    case 2:
      return pick(uint16_t{});
    case 4:
      return pick(uint32_t{});
    default:
      return pick(uint64_t{});
  }
}

void scalar_convert(const Parallel& parallel, const ScalarConvert& args) {
  with_scalar(args.from, [&]<class S>(S) {
    with_scalar(args.to, [&]<class T>(T) {
      const S* x = static_cast<const S*>(args.x);
      T* y = static_cast<T*>(args.y);
      for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
        for (int64_t i = begin; i < end; ++i) {
          const T value = narrow<T>(widen(x[i]));
          y[i] = args.accumulate ? plus(y[i], value) : value;
        }
      });
    });
  });
}

}  // namespace lmos::cpu
