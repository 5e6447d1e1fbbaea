#include "cuda/testing/array.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <thread>

namespace lmos::cuda::testing {
namespace {

int failed = 0;

void encode(Float type, double value, void* to) {
  switch (type) {
    case Float::f32:
      *static_cast<float*>(to) = static_cast<float>(value);
      break;
    case Float::bf16:
      *static_cast<__nv_bfloat16*>(to) = __float2bfloat16(static_cast<float>(value));
      break;
    case Float::f16:
      *static_cast<__half*>(to) = __float2half(static_cast<float>(value));
      break;
  }
}

double decode(Float type, const void* from) {
  switch (type) {
    case Float::f32:
      return *static_cast<const float*>(from);
    case Float::bf16:
      return __bfloat162float(*static_cast<const __nv_bfloat16*>(from));
    case Float::f16:
      return __half2float(*static_cast<const __half*>(from));
  }
  return 0;
}

double median(std::vector<float> milliseconds) {
  std::nth_element(milliseconds.begin(), milliseconds.begin() + milliseconds.size() / 2,
                   milliseconds.end());
  return milliseconds[milliseconds.size() / 2] * 1e-3;
}

}  // namespace

void require(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  std::printf("%s: %s\n", what, cudaGetErrorString(status));
  std::exit(2);
}

Array::Array(Float type, int64_t count) : type_(type), count_(count) {
  require(cudaMalloc(&data_, std::max<int64_t>(count, 1) * bytes_of(type)), "allocation");
  poison();
}

Array::Array(Array&& other) noexcept
    : type_(other.type_), count_(other.count_), data_(other.data_) {
  other.data_ = nullptr;
}

Array::~Array() { cudaFree(data_); }

void Array::poison() { require(cudaMemset(data_, 0xff, count_ * bytes_of(type_)), "poison"); }

Array Array::random(Float type, int64_t count, uint32_t seed, double deviation) {
  Array array(type, count);
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0, static_cast<float>(deviation));
  // Long arrays repeat a period that no power of two divides.
  std::vector<double> values(std::min<int64_t>(count, 1'000'003));
  for (double& value : values) value = normal(engine);
  std::vector<uint8_t> bytes(count * bytes_of(type));
  for (int64_t i = 0; i < count; ++i) {
    encode(type, values[i % values.size()], bytes.data() + i * bytes_of(type));
  }
  require(cudaMemcpy(array.data_, bytes.data(), bytes.size(), cudaMemcpyHostToDevice), "upload");
  return array;
}

Array Array::of(Float type, const std::vector<double>& values) {
  Array array(type, static_cast<int64_t>(values.size()));
  array.set(values);
  return array;
}

void Array::set(const std::vector<double>& values) {
  std::vector<uint8_t> bytes(count_ * bytes_of(type_));
  for (int64_t i = 0; i < count_; ++i) encode(type_, values[i], bytes.data() + i * bytes_of(type_));
  require(cudaMemcpy(data_, bytes.data(), bytes.size(), cudaMemcpyHostToDevice), "upload");
}

std::vector<uint8_t> Array::bytes() const {
  std::vector<uint8_t> bytes(count_ * bytes_of(type_));
  require(cudaDeviceSynchronize(), "kernels");
  require(cudaMemcpy(bytes.data(), data_, bytes.size(), cudaMemcpyDeviceToHost), "download");
  return bytes;
}

std::vector<double> Array::values() const {
  const std::vector<uint8_t> raw = bytes();
  std::vector<double> values(count_);
  for (int64_t i = 0; i < count_; ++i) values[i] = decode(type_, raw.data() + i * bytes_of(type_));
  return values;
}

Indices::Indices(const std::vector<int32_t>& values) {
  const size_t bytes = std::max<size_t>(values.size(), 1) * 4;
  require(cudaMalloc(reinterpret_cast<void**>(&data_), bytes), "allocation");
  require(cudaMemcpy(data_, values.data(), values.size() * 4, cudaMemcpyHostToDevice), "upload");
}

Indices::~Indices() { cudaFree(data_); }

FaultCell::FaultCell() {
  require(cudaMalloc(reinterpret_cast<void**>(&data_), sizeof(Fault)), "allocation");
  require(cudaMemset(data_, 0, sizeof(Fault)), "clear");
}

FaultCell::~FaultCell() { cudaFree(data_); }

Fault FaultCell::value() const {
  Fault value;
  require(cudaDeviceSynchronize(), "kernels");
  require(cudaMemcpy(&value, data_, sizeof value, cudaMemcpyDeviceToHost), "download");
  return value;
}

double distance(const std::vector<double>& a, const std::vector<double>& b, double least) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    if (!std::isfinite(a[i])) return std::numeric_limits<double>::infinity();
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  norm = std::max(norm, least * least * static_cast<double>(b.size()));
  return norm == 0 ? std::sqrt(difference) : std::sqrt(difference / norm);
}

double tolerance(Float type) {
  return type == Float::bf16 ? 6e-3 : type == Float::f16 ? 8e-4 : 2e-6;
}

const char* name_of(Float type) {
  return type == Float::bf16 ? "bf16" : type == Float::f16 ? "f16" : "f32";
}

void in_parallel(int64_t count, const std::function<void(int64_t)>& body) {
  std::atomic<int64_t> next{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (int64_t item = next++; item < count; item = next++) body(item);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void check(const std::string& name, double distance, double tolerance) {
  const bool good = distance <= tolerance;
  if (!good) ++failed;
  std::printf("%s %-64s %.2e (at most %.0e)\n", good ? "ok  " : "FAIL", name.c_str(), distance,
              tolerance);
}

int failures() { return failed; }

double seconds(cudaStream_t stream, const std::function<void()>& call, int repetitions) {
  cudaEvent_t begin, end;
  require(cudaEventCreate(&begin), "event");
  require(cudaEventCreate(&end), "event");
  for (int i = 0; i < 3; ++i) call();
  std::vector<float> times;
  for (int i = 0; i < repetitions; ++i) {
    require(cudaEventRecord(begin, stream), "event");
    call();
    require(cudaEventRecord(end, stream), "event");
    require(cudaEventSynchronize(end), "timed kernels");
    float milliseconds = 0;
    require(cudaEventElapsedTime(&milliseconds, begin, end), "event");
    times.push_back(milliseconds);
  }
  require(cudaGetLastError(), "timed launch");
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  return median(times);
}

double graph_seconds(cudaStream_t stream, const std::function<void()>& call, int calls,
                     int repetitions) {
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  call();
  require(cudaStreamSynchronize(stream), "before capture");
  require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "capture");
  for (int i = 0; i < calls; ++i) call();
  require(cudaStreamEndCapture(stream, &graph), "capture");
  require(cudaGraphInstantiate(&executable, graph, 0), "graph");
  const double time = seconds(
      stream, [&] { require(cudaGraphLaunch(executable, stream), "graph launch"); }, repetitions);
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
  return time / calls;
}

}  // namespace lmos::cuda::testing
