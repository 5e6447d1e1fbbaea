// The element types of the specification, and the precision each is computed in.
//
// f64 computes in double; f32, bf16 and f16 compute in float. Sums accumulate in double and are
// rounded once, at the store.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "llmasos/types.h"

namespace lmos::reference {

// bfloat16: the upper half of a float.
struct bf16 {
  uint16_t bits;
};

// IEEE binary16: 5 bits of exponent, 10 of mantissa.
struct f16 {
  uint16_t bits;
};

// float8_e4m3fn (Micikevicius et al. 2022): 4 bits of exponent, 3 of mantissa, no infinities.
struct e4m3 {
  uint8_t bits;
};

template <class T>
constexpr bool is_half = std::is_same_v<T, bf16> || std::is_same_v<T, f16>;

template <class T>
using math_t = std::conditional_t<is_half<T>, float, T>;

// The type of statistics: rstd, lse, loss, dloss, scale.
template <class T>
using stat_t = std::conditional_t<std::is_same_v<T, double>, double, float>;

inline float widen(bf16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16); }
inline float widen(f16 x) {
  const int exponent = x.bits >> 10 & 31, mantissa = x.bits & 1023;
  const float size = exponent == 31 ? (mantissa != 0 ? std::nanf("") : HUGE_VALF)
                     : exponent == 0
                         ? std::ldexp(static_cast<float>(mantissa), -24)
                         : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
  return std::copysign(size, x.bits & 0x8000 ? -1.0f : 1.0f);
}
inline float widen(float x) { return x; }
inline double widen(double x) { return x; }
inline int32_t widen(int32_t x) { return x; }
inline int64_t widen(int64_t x) { return x; }
inline int32_t widen(int8_t x) { return x; }
inline float widen(e4m3 x) {
  const int exponent = x.bits >> 3 & 15, mantissa = x.bits & 7;
  const float size = exponent == 15 && mantissa == 7 ? std::nanf("")
                     : exponent == 0                 ? std::ldexp(static_cast<float>(mantissa), -9)
                                     : std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
  return std::copysign(size, x.bits & 0x80 ? -1.0f : 1.0f);
}

// Round to nearest even; NaN stays NaN.
inline bf16 round_to_bf16(float x) {
  uint32_t bits = std::bit_cast<uint32_t>(x);
  if (std::isnan(x)) return {static_cast<uint16_t>((bits >> 16) | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

// Likewise; from 65520 on infinity. In units of the last place of the result, which rint rounds to
// nearest even.
inline f16 round_to_f16(float x) {
  const auto sign = static_cast<uint16_t>(std::signbit(x) ? 0x8000 : 0);
  if (std::isnan(x)) return {static_cast<uint16_t>(sign | 0x7e00)};
  const float size = std::abs(x);
  if (size >= 65520.0f) return {static_cast<uint16_t>(sign | 0x7c00)};
  const int exponent = size < 0x1p-14f ? -14 : std::ilogb(size);
  const auto units = static_cast<int>(std::rint(std::ldexp(size, 10 - exponent)));  // <= 2048
  // Of normal numbers the leading 1 adds to the exponent; so does a carry.
  return {static_cast<uint16_t>(sign | (((exponent + 14) << 10) + units))};
}

// The float that a double is rounded through on its way to fewer bits, without the error of
// rounding twice: rounded to odd.
inline float through_float(double x) {
  float nearest = static_cast<float>(x);
  if (std::isnan(x) || std::isinf(nearest) || nearest == x) return nearest;
  uint32_t bits = std::bit_cast<uint32_t>(nearest);
  if (std::abs(static_cast<double>(nearest)) > std::abs(x)) --bits;
  return std::bit_cast<float>(bits | 1);
}
inline bf16 round_to_bf16(double x) { return round_to_bf16(through_float(x)); }
inline f16 round_to_f16(double x) { return round_to_f16(through_float(x)); }

// A result of type float or double as an element of type T.
template <class T, class Math>
T narrow(Math x) {
  if constexpr (std::is_same_v<T, bf16>) {
    return round_to_bf16(x);
  } else if constexpr (std::is_same_v<T, f16>) {
    return round_to_f16(x);
  } else {
    return static_cast<T>(x);
  }
}

// Calls f(T{}) with the C++ type of a float dtype; false if `dtype` is none.
template <class F>
bool with_float(lmos_dtype dtype, F&& f) {
  switch (dtype) {
    case LMOS_F64:
      f(double{});
      return true;
    case LMOS_F32:
      f(float{});
      return true;
    case LMOS_BF16:
      f(bf16{});
      return true;
    case LMOS_F16:
      f(f16{});
      return true;
    default:
      return false;
  }
}

// As with_float, for the integers as well.
template <class F>
bool with_number(lmos_dtype dtype, F&& f) {
  switch (dtype) {
    case LMOS_I64:
      f(int64_t{});
      return true;
    case LMOS_I32:
      f(int32_t{});
      return true;
    default:
      return with_float(dtype, f);
  }
}

// As with_number, for the types that weights are quantised to as well.
template <class F>
bool with_stored(lmos_dtype dtype, F&& f) {
  switch (dtype) {
    case LMOS_I8:
      f(int8_t{});
      return true;
    case LMOS_F8_E4M3:
      f(e4m3{});
      return true;
    default:
      return with_number(dtype, f);
  }
}

// Reads a float operand whose dtype is chosen apart from the operation's own.
class FloatReader {
 public:
  FloatReader(const void* data, lmos_dtype dtype) : data_(data), dtype_(dtype) {}
  double operator[](int64_t i) const {
    switch (dtype_) {
      case LMOS_F64:
        return static_cast<const double*>(data_)[i];
      case LMOS_F32:
        return static_cast<const float*>(data_)[i];
      case LMOS_F16:
        return widen(static_cast<const f16*>(data_)[i]);
      default:
        return widen(static_cast<const bf16*>(data_)[i]);
    }
  }

 private:
  const void* data_;
  lmos_dtype dtype_;
};

// Writes a float operand whose dtype is chosen apart from the operation's own.
class FloatWriter {
 public:
  FloatWriter(void* data, lmos_dtype dtype) : data_(data), dtype_(dtype) {}
  void set(int64_t i, double x) const {
    switch (dtype_) {
      case LMOS_F64:
        static_cast<double*>(data_)[i] = x;
        break;
      case LMOS_F32:
        static_cast<float*>(data_)[i] = static_cast<float>(x);
        break;
      case LMOS_F16:
        static_cast<f16*>(data_)[i] = round_to_f16(x);
        break;
      default:
        static_cast<bf16*>(data_)[i] = round_to_bf16(x);
        break;
    }
  }

 private:
  void* data_;
  lmos_dtype dtype_;
};

}  // namespace lmos::reference
