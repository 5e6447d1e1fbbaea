// Arrays of each float type, for plain references, tests and benches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/float_type.h"

namespace lmos::cpu::testing {

// Reads elements as double.
class Reader {
 public:
  Reader(Float type, const void* data) : type_(type), data_(data) {}
  double operator[](int64_t i) const {
    if (type_ == Float::f32) return static_cast<const float*>(data_)[i];
    if (type_ == Float::f16) return to_f32(static_cast<const f16*>(data_)[i]);
    return to_f32(static_cast<const bf16*>(data_)[i]);
  }

 private:
  Float type_;
  const void* data_;
};

// Writes doubles as elements.
class Writer {
 public:
  Writer(Float type, void* data) : type_(type), data_(data) {}
  void set(int64_t i, double value) const {
    if (type_ == Float::f32) {
      static_cast<float*>(data_)[i] = static_cast<float>(value);
    } else if (type_ == Float::f16) {
      static_cast<f16*>(data_)[i] = to_f16(static_cast<float>(value));
    } else {
      static_cast<bf16*>(data_)[i] = to_bf16(static_cast<float>(value));
    }
  }

 private:
  Float type_;
  void* data_;
};

// `count` elements, 64-byte aligned.
class Values {
 public:
  Values(Float type, int64_t count);
  // Normally distributed around 0; the same for the same seed.
  static Values random(Float type, int64_t count, uint32_t seed, double deviation = 1);

  Float type() const { return type_; }
  int64_t count() const { return count_; }
  void* data() { return storage_.data(); }
  const void* data() const { return storage_.data(); }
  float* f32() { return reinterpret_cast<float*>(storage_.data()); }
  double operator[](int64_t i) const { return Reader(type_, data())[i]; }
  void set(int64_t i, double value) { Writer(type_, data()).set(i, value); }

 private:
  struct alignas(64) Line {
    unsigned char bytes[64];
  };
  Float type_;
  int64_t count_;
  std::vector<Line> storage_;
};

// How far two arrays are apart: the largest |a − b| / (|b| + the root mean square of b). Infinite
// if a value is not finite on one side only.
double distance(const Values& a, const Values& b);

// What `distance` may be for results that are rounded once to the type.
inline constexpr double tolerance(Float type) {
  return type == Float::f32 ? 2e-5 : type == Float::f16 ? 2e-3 : 1e-2;
}

}  // namespace lmos::cpu::testing
