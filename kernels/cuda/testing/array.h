// Arrays in device memory with their values as double on the host, for tests and benches.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cuda/fault.h"
#include "cuda/float_type.h"

namespace lmos::cuda::testing {

// Ends the program with a message if a CUDA call failed.
void require(cudaError_t status, const char* what);

class Array {
 public:
  // Holds NaN until written.
  Array(Float type, int64_t count);
  // Normally distributed, rounded to the type; the same for the same seed.
  static Array random(Float type, int64_t count, uint32_t seed, double deviation = 1);
  static Array of(Float type, const std::vector<double>& values);
  Array(Array&& other) noexcept;
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array();

  void* data() const { return data_; }
  float* f32() const { return static_cast<float*>(data_); }
  Float type() const { return type_; }
  int64_t count() const { return count_; }
  void poison();
  std::vector<double> values() const;  // copied from the device
  std::vector<uint8_t> bytes() const;  // likewise
  void set(const std::vector<double>& values);

 private:
  Float type_;
  int64_t count_;
  void* data_ = nullptr;
};

class Indices {
 public:
  explicit Indices(const std::vector<int32_t>& values);
  Indices(const Indices&) = delete;
  Indices& operator=(const Indices&) = delete;
  ~Indices();

  int32_t* data() const { return data_; }

 private:
  int32_t* data_ = nullptr;
};

// The fault of some kernels.
class FaultCell {
 public:
  FaultCell();
  FaultCell(const FaultCell&) = delete;
  FaultCell& operator=(const FaultCell&) = delete;
  ~FaultCell();

  Fault* data() const { return data_; }
  Fault value() const;

 private:
  Fault* data_ = nullptr;
};

// ‖a − b‖ / ‖b‖, with values of b counted as `least` at least on average: sums that cancel are
// rounded as their terms are. Infinite where a value is not finite.
double distance(const std::vector<double>& a, const std::vector<double>& b, double least = 0);

// What `distance` may be for results of products in that type.
double tolerance(Float type);
const char* name_of(Float type);

// Calls body(i) for i in [0, count), in threads.
void in_parallel(int64_t count, const std::function<void(int64_t)>& body);

// Prints a line, and counts failures, of which the program's exit status tells.
void check(const std::string& name, double distance, double tolerance);
int failures();

// The median time of a call in seconds, after a warm-up; calls are enqueued on `stream`.
double seconds(cudaStream_t stream, const std::function<void()>& call, int repetitions = 20);
// The same with `calls` of them in one CUDA graph: without the cost of launching. Per call.
double graph_seconds(cudaStream_t stream, const std::function<void()>& call, int calls = 1,
                     int repetitions = 20);

}  // namespace lmos::cuda::testing
