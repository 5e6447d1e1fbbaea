#include "runtime/device.h"

#include "errors/error.h"
#include "runtime/host_services.h"
#include "runtime/status.h"

namespace lmos::runtime {

Buffer::~Buffer() {
  if (!buffer_) return;
  device_->table().buffer_release(buffer_);
  if (counted_) device_->memory().remove(category_, bytes_);
}

void Buffer::swap(Buffer& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(buffer_, other.buffer_);
  std::swap(bytes_, other.bytes_);
  std::swap(category_, other.category_);
  std::swap(counted_, other.counted_);
}

void* Buffer::address() const {
  return buffer_ ? device_->table().buffer_address(buffer_) : nullptr;
}

Stream::Stream(Device& device) : device_(device) {
  device.check(device.table().stream_create(device.get(), &stream_), "creating a stream");
}

Stream::~Stream() { device_.table().stream_destroy(stream_); }

void Stream::upload(lmos_operand destination, const void* source, uint64_t bytes) {
  device_.check(device_.table().upload(stream_, destination, source, bytes), "upload");
}

void Stream::download(void* destination, lmos_operand source, uint64_t bytes) {
  device_.check(device_.table().download(stream_, destination, source, bytes), "download");
}

void Stream::synchronize() {
  device_.check(device_.table().stream_synchronize(stream_), "waiting for the device");
}

Device::Device(std::string backend, const lmos_host* host, const lmos_backend_interface* table,
               const lmos_config* section, uint32_t ordinal)
    : backend_(std::move(backend)), table_(table) {
  uint32_t count = table_->device_count(host);
  if (ordinal >= count) {
    std::string text = take_plugin_error();
    throw Error(ErrorKind::kResource, "backend `" + backend_ + "`: there is no device " +
                                          std::to_string(ordinal) + "; this machine has " +
                                          std::to_string(count) +
                                          (text.empty() ? "" : ": " + text));
  }
  check(table_->device_open(host, section, ordinal, &device_), "opening the device");
}

Device::~Device() { table_->device_close(device_); }

void Device::check(lmos_status status, const char* doing) const {
  if (status != LMOS_OK) fail(status, "backend `" + backend_ + "`: " + doing);
}

std::string Device::name() const {
  lmos_device_info info{.struct_size = sizeof info};
  check(table_->device_info(device_, &info), "reading the device's name");
  info.name[sizeof info.name - 1] = 0;
  return info.name;
}

uint64_t Device::memory_bytes() const {
  lmos_device_info info{.struct_size = sizeof info};
  check(table_->device_info(device_, &info), "reading the device's memory size");
  return info.memory_bytes;
}

Buffer Device::allocate(uint64_t bytes, MemoryCategory category) {
  lmos_buffer* buffer = nullptr;
  lmos_status status = table_->buffer_allocate(device_, bytes, &buffer);
  if (status != LMOS_OK) {
    fail(status, "backend `" + backend_ + "`: allocating " + std::to_string(bytes) + " bytes for " +
                     std::string(category_name(category)) + " (" +
                     std::to_string(memory_.total().bytes) + " in use)");
  }
  memory_.add(category, bytes);
  return Buffer(*this, buffer, bytes, category, true);
}

std::optional<Buffer> Device::wrap(std::span<const std::byte> memory) {
  lmos_buffer* buffer = nullptr;
  lmos_status status = table_->buffer_wrap(device_, memory.data(), memory.size(), &buffer);
  if (status == LMOS_UNSUPPORTED) {
    take_plugin_error();
    return std::nullopt;
  }
  check(status, "reading host memory in place");
  return Buffer(*this, buffer, memory.size(), MemoryCategory::kOther, false);
}

bool Device::supports(const lmos_node& node) const { return table_->supports(device_, &node) == 1; }

}  // namespace lmos::runtime
