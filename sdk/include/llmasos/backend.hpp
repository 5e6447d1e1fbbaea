// The table of lmos.backend/1 for C++ classes:
//
//   class Device {
//     class Buffer { void* address(); };  // null where the host can't address it
//     class Stream {
//       explicit Stream(Device& device);
//       void upload(lmos_operand destination, const void* source, uint64_t bytes);
//       void download(void* destination, lmos_operand source, uint64_t bytes);
//       void synchronize();
//     };
//     class Kernel {
//       uint64_t scratch_bytes() const;
//       void run(Stream& stream, std::span<const lmos_operand> operands, lmos_operand scratch);
//     };
//     static uint32_t count();  // throws, or calls set_error and returns 0, if there is none
//     static std::unique_ptr<Device> open(const Config& section, uint32_t ordinal);  // maybe none
//     std::string name() const;
//     uint64_t memory_bytes() const;  // 0 if unknown
//     std::unique_ptr<Buffer> allocate(uint64_t bytes);
//     std::unique_ptr<Buffer> wrap(const void* memory, uint64_t bytes);
//     bool supports(const lmos_node& node) const;
//     std::unique_ptr<Kernel> prepare(const lmos_node& node);
//   };
//
// `object<Device::Buffer>(operand.buffer)` is the buffer of an operand.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

#include "llmasos/backend.h"
#include "llmasos/config.hpp"

namespace lmos::sdk {

// `fields` has static storage.
template <class Device>
constexpr lmos_backend_interface backend_interface(std::span<const lmos_field> fields) {
  using Buffer = typename Device::Buffer;
  using Stream = typename Device::Stream;
  using Kernel = typename Device::Kernel;
  lmos_backend_interface table = {};
  table.struct_size = sizeof(lmos_backend_interface);
  table.fields = fields.data();
  table.field_count = fields.size();
  table.device_count = [](const lmos_host*) {
    return guarded_or<uint32_t>(0, [] { return Device::count(); });
  };
  table.device_open = [](const lmos_host*, const lmos_config* section, uint32_t ordinal,
                         lmos_device** device) {
    return guarded([&] {
      give(Device::open(section == nullptr ? Config() : Config(section), ordinal), device);
    });
  };
  table.device_close = [](lmos_device* device) { destroy<Device>(device); };
  table.device_info = [](const lmos_device* device, lmos_device_info* info) {
    return guarded([&] {
      if (info->struct_size < LMOS_DEVICE_INFO_V1_SIZE)
        throw invalid("lmos_device_info is too small");
      const std::string name = object<Device>(device).name();
      const size_t size = std::min(name.size(), sizeof(info->name) - 1);
      std::memcpy(info->name, name.data(), size);
      info->name[size] = '\0';
      info->memory_bytes = object<Device>(device).memory_bytes();
    });
  };
  table.buffer_allocate = [](lmos_device* device, uint64_t bytes, lmos_buffer** buffer) {
    return guarded([&] { give(object<Device>(device).allocate(bytes), buffer); });
  };
  table.buffer_wrap = [](lmos_device* device, const void* memory, uint64_t bytes,
                         lmos_buffer** buffer) {
    return guarded([&] { give(object<Device>(device).wrap(memory, bytes), buffer); });
  };
  table.buffer_release = [](lmos_buffer* buffer) { destroy<Buffer>(buffer); };
  table.buffer_address = [](lmos_buffer* buffer) {
    return guarded_or<void*>(nullptr, [&] { return object<Buffer>(buffer).address(); });
  };
  table.upload = [](lmos_stream* stream, lmos_operand destination, const void* source,
                    uint64_t bytes) {
    return guarded([&] { object<Stream>(stream).upload(destination, source, bytes); });
  };
  table.download = [](lmos_stream* stream, void* destination, lmos_operand source, uint64_t bytes) {
    return guarded([&] { object<Stream>(stream).download(destination, source, bytes); });
  };
  table.stream_create = [](lmos_device* device, lmos_stream** stream) {
    return guarded([&] { give(std::make_unique<Stream>(object<Device>(device)), stream); });
  };
  table.stream_destroy = [](lmos_stream* stream) { destroy<Stream>(stream); };
  table.stream_synchronize = [](lmos_stream* stream) {
    return guarded([&] { object<Stream>(stream).synchronize(); });
  };
  table.supports = [](const lmos_device* device, const lmos_node* node) {
    return guarded_or<int32_t>(0, [&] { return object<Device>(device).supports(*node) ? 1 : 0; });
  };
  table.kernel_prepare = [](lmos_device* device, const lmos_node* node, lmos_kernel** kernel,
                            uint64_t* scratch_bytes) {
    return guarded([&] {
      std::unique_ptr<Kernel> prepared = object<Device>(device).prepare(*node);
      *scratch_bytes = prepared->scratch_bytes();
      give(std::move(prepared), kernel);
    });
  };
  table.kernel_release = [](lmos_kernel* kernel) { destroy<Kernel>(kernel); };
  table.kernel_run = [](lmos_kernel* kernel, lmos_stream* stream, const lmos_operand* operands,
                        uint64_t operand_count, lmos_operand scratch) {
    return guarded([&] {
      object<Kernel>(kernel).run(object<Stream>(stream),
                                 std::span<const lmos_operand>(operands, operand_count), scratch);
    });
  };
  return table;
}

}  // namespace lmos::sdk
