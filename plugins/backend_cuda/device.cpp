#include "device.h"

#include <cuda_runtime_api.h>

#include "check.h"
#include "kernel.h"
#include "llmasos/error.hpp"
#include "stream.h"

namespace lmos::backend_cuda {

uint32_t Device::count() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return static_cast<uint32_t>(count);
  cudaGetLastError();
  if (status == cudaErrorInsufficientDriver) {
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    sdk::set_error(
        driver == 0 ? std::string("cuda: no NVIDIA driver is installed")
                    : "cuda: the NVIDIA driver knows CUDA up to " + std::to_string(driver / 1000) +
                          "." + std::to_string(driver % 1000 / 10) +
                          ", but this backend was built for " + std::to_string(runtime / 1000) +
                          "." + std::to_string(runtime % 1000 / 10) + "; update the driver");
  } else if (status == cudaSuccess || status == cudaErrorNoDevice) {
    sdk::set_error("cuda: the NVIDIA driver sees no GPU (is CUDA_VISIBLE_DEVICES set?)");
  } else {
    sdk::set_error(std::string("cuda: counting devices: ") + cudaGetErrorString(status));
  }
  return 0;
}

std::unique_ptr<Device> Device::open(const sdk::Config& section, uint32_t ordinal) {
  return std::unique_ptr<Device>(new Device(section, ordinal));
}

Device::Device(const sdk::Config& section, uint32_t ordinal)
    : ordinal_(static_cast<int>(ordinal)),
      deterministic_(section.bool_or(kDeterministicField, true)),
      memory_(ordinal_) {
  check(cudaSetDevice(ordinal_), "opening the device");
  int major = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, ordinal_),
        "reading the device's properties");
  if (major < 8) {
    throw sdk::Error(LMOS_UNSUPPORTED, "cuda: " + name() + " has compute capability " +
                                           std::to_string(major) +
                                           ".x; the kernels need 8.0 or later");
  }
  try {
    products_ = std::make_unique<cuda::Products>(
        cuda::ProductOptions{.library_folder = section.string_or(kCublasField, ""),
                             .tf32 = section.bool_or(kTf32Field, false),
                             .measure = !deterministic_});
  } catch (const std::runtime_error& error) {
    throw sdk::failed(std::string("cuda: ") + error.what());
  }
  fault_ = allocate_pinned<cuda::Fault>(sizeof(cuda::Fault));
  *fault_ = {};
}

Device::~Device() {
  cudaSetDevice(ordinal_);
  products_.reset();
  cudaFreeHost(fault_);
}

void Device::activate() const { check(cudaSetDevice(ordinal_), "choosing the device"); }

std::string Device::name() const {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, ordinal_), "reading the device's properties");
  return properties.name;
}

uint64_t Device::memory_bytes() const {
  activate();
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "reading the device's memory size");
  return total;
}

std::unique_ptr<Buffer> Device::allocate(uint64_t bytes) {
  activate();
  return std::make_unique<Buffer>(*this, bytes);
}

std::unique_ptr<Buffer> Device::wrap(const void*, uint64_t) {
  throw sdk::unsupported("cuda: kernels read device memory only");
}

bool Device::supports(const lmos_node& node) const {
  try {
    activate();
    prepare_operation(Node(node), *this);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::unique_ptr<Kernel> Device::prepare(const lmos_node& node) {
  activate();
  return std::make_unique<Kernel>(*this, Node(node));
}

}  // namespace lmos::backend_cuda
