// A backend's device, its memory and its streams, as owning objects. Failures are lmos::Errors that
// carry the backend's own text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "llmasos/backend.h"
#include "llmasos/capture.h"
#include "runtime/memory_account.h"

namespace lmos::runtime {

class Device;

// Device memory; released with the object. Its device outlives it. Movable; thread-compatible.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  ~Buffer();

  explicit operator bool() const { return buffer_ != nullptr; }
  uint64_t bytes() const { return bytes_; }
  lmos_operand operand(uint64_t offset = 0) const { return {buffer_, offset}; }
  // Host address of the bytes; null where the host can't address them. Work that is enqueued may
  // still write them.
  void* address() const;

 private:
  friend class Device;
  Buffer(Device& device, lmos_buffer* buffer, uint64_t bytes, MemoryCategory category, bool counted)
      : device_(&device), buffer_(buffer), bytes_(bytes), category_(category), counted_(counted) {}
  void swap(Buffer& other) noexcept;

  Device* device_ = nullptr;
  lmos_buffer* buffer_ = nullptr;
  uint64_t bytes_ = 0;
  MemoryCategory category_ = MemoryCategory::kOther;
  bool counted_ = false;
};

// A queue of work on a device. One call at a time; its device outlives it.
class Stream {
 public:
  explicit Stream(Device& device);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  Device& device() const { return device_; }
  lmos_stream* get() const { return stream_; }
  // Enqueues copies. The host memory stays valid and, for uploads, unchanged until synchronize().
  void upload(lmos_operand destination, const void* source, uint64_t bytes);
  void download(void* destination, lmos_operand source, uint64_t bytes);
  // Waits for all work, and throws the first error of it.
  void synchronize();

 private:
  Device& device_;
  lmos_stream* stream_ = nullptr;
};

// Thread-safe, as its backend is.
class Device {
 public:
  // `backend`: the plugin's name, for messages. `table` and `host` live as long as the process.
  // `section`: the pipeline's section of the backend; may be null. Throws if there is no device
  // `ordinal` or it can't be opened.
  Device(std::string backend, const lmos_host* host, const lmos_backend_interface* table,
         const lmos_config* section = nullptr, uint32_t ordinal = 0);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  const std::string& backend() const { return backend_; }
  const lmos_backend_interface& table() const { return *table_; }
  lmos_device* get() const { return device_; }
  std::string name() const;
  uint64_t memory_bytes() const;  // 0 if unknown

  // Contents are unspecified. Throws kResource where memory is short.
  Buffer allocate(uint64_t bytes, MemoryCategory category = MemoryCategory::kOther);
  // A read-only buffer over host memory that outlives it; nothing where the device can't read host
  // memory. Not counted as device memory.
  std::optional<Buffer> wrap(std::span<const std::byte> memory);

  bool supports(const lmos_node& node) const;
  // Whether an op without a kernel is an error instead of being decomposed.
  bool strict() const { return strict_; }
  void set_strict(bool strict) { strict_ = strict; }

  // Null where the backend can't record what it runs. Set before the first Executable is made.
  const lmos_capture_interface* capture() const { return capture_; }
  void set_capture(const lmos_capture_interface* capture) { capture_ = capture; }

  MemoryAccount& memory() { return memory_; }
  const MemoryAccount& memory() const { return memory_; }

  // Throws unless `status` is LMOS_OK; `doing` is what failed, e.g. "upload".
  void check(lmos_status status, const char* doing) const;

 private:
  std::string backend_;
  const lmos_backend_interface* table_;
  lmos_device* device_ = nullptr;
  MemoryAccount memory_;
  bool strict_ = false;
  const lmos_capture_interface* capture_ = nullptr;
};

// Copies and waits. `Element` is trivially copyable; the operand holds as many.
template <class Element>
void upload_now(Stream& stream, lmos_operand destination, std::span<const Element> source) {
  stream.upload(destination, source.data(), source.size_bytes());
  stream.synchronize();
}
template <class Element>
void download_now(Stream& stream, std::span<Element> destination, lmos_operand source) {
  stream.download(destination.data(), source, destination.size_bytes());
  stream.synchronize();
}

}  // namespace lmos::runtime
