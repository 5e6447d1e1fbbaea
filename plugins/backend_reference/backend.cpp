#include "backend.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "memory.h"
#include "registry.h"

namespace lmos::reference {
namespace {

constexpr uint64_t kAlignment = 64;

lmos_status fail(const lmos_device* device, lmos_status status, const std::string& message) {
  std::string text = "reference: " + message;
  device->host->set_error(device->host, {text.data(), text.size()});
  return status;
}

// Calls f and turns what it throws into a status: nothing may cross the boundary.
template <class F>
lmos_status guard(const lmos_device* device, F&& f) {
  try {
    return f();
  } catch (const Invalid& error) {
    return fail(device, LMOS_INVALID, error.what());
  } catch (const std::bad_alloc&) {
    return fail(device, LMOS_NO_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return fail(device, LMOS_FAILED, error.what());
  }
}

uint32_t device_count(const lmos_host*) { return 1; }

lmos_status device_open(const lmos_host* host, const lmos_config*, uint32_t, lmos_device** device) {
  *device = new (std::nothrow) lmos_device{host};
  return *device ? LMOS_OK : LMOS_NO_MEMORY;
}

void device_close(lmos_device* device) { delete device; }

uint64_t machine_memory() {
  long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && page_bytes > 0
             ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes)
             : 0;
}

lmos_status device_info(const lmos_device*, lmos_device_info* info) {
  std::snprintf(info->name, sizeof info->name, "reference interpreter");
  info->memory_bytes = machine_memory();
  return LMOS_OK;
}

lmos_status buffer_allocate(lmos_device* device, uint64_t bytes, lmos_buffer** buffer) {
  auto no_memory = [&] {
    return fail(device, LMOS_NO_MEMORY, "can't allocate " + std::to_string(bytes) + " bytes");
  };
  // Linux grants more than the machine has and kills the process later: refuse here.
  if (uint64_t most = machine_memory(); bytes > (most ? most : UINT64_MAX / 2)) return no_memory();
  uint64_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded ? rounded : kAlignment);
  if (!memory) return no_memory();
  *buffer =
      new (std::nothrow) lmos_buffer{device, static_cast<unsigned char*>(memory), bytes, false};
  if (*buffer) return LMOS_OK;
  std::free(memory);
  return no_memory();
}

lmos_status buffer_wrap(lmos_device* device, const void* memory, uint64_t bytes,
                        lmos_buffer** buffer) {
  // kernel_run refuses to write to a wrapped buffer, so the const_cast never leads to a store.
  auto* address = static_cast<unsigned char*>(const_cast<void*>(memory));
  *buffer = new (std::nothrow) lmos_buffer{device, address, bytes, true};
  return *buffer ? LMOS_OK : fail(device, LMOS_NO_MEMORY, "out of memory");
}

void buffer_release(lmos_buffer* buffer) {
  if (buffer && !buffer->wrapped) std::free(buffer->memory);
  delete buffer;
}

void* buffer_address(lmos_buffer* buffer) { return buffer->memory; }

bool holds(lmos_operand operand, uint64_t bytes) {
  return operand.offset <= operand.buffer->bytes && bytes <= operand.buffer->bytes - operand.offset;
}

lmos_status upload(lmos_stream* stream, lmos_operand to, const void* source, uint64_t bytes) {
  if (!holds(to, bytes)) return fail(stream->device, LMOS_INVALID, "upload past the buffer's end");
  if (to.buffer->wrapped) return fail(stream->device, LMOS_INVALID, "upload to a read-only buffer");
  if (bytes > 0) std::memcpy(to.buffer->memory + to.offset, source, bytes);
  return LMOS_OK;
}

lmos_status download(lmos_stream* stream, void* destination, lmos_operand from, uint64_t bytes) {
  if (!holds(from, bytes))
    return fail(stream->device, LMOS_INVALID, "download past the buffer's end");
  if (bytes > 0) std::memcpy(destination, from.buffer->memory + from.offset, bytes);
  return LMOS_OK;
}

lmos_status stream_create(lmos_device* device, lmos_stream** stream) {
  *stream = new (std::nothrow) lmos_stream{device};
  return *stream ? LMOS_OK : fail(device, LMOS_NO_MEMORY, "out of memory");
}

void stream_destroy(lmos_stream* stream) { delete stream; }

lmos_status stream_synchronize(lmos_stream*) { return LMOS_OK; }

Kernel prepare(const Node& node) {
  Prepare operation = find_operation(node.op());
  if (!operation) throw Invalid("there is no operation `" + node.op() + "`");
  return operation(node);
}

int32_t supports(const lmos_device*, const lmos_node* node) {
  try {
    prepare(Node(*node));
    return 1;
  } catch (const std::exception&) {
    return 0;
  }
}

lmos_status kernel_prepare(lmos_device* device, const lmos_node* description, lmos_kernel** kernel,
                           uint64_t* scratch_bytes) {
  return guard(device, [&] {
    Node node(*description);
    auto prepared = std::make_unique<lmos_kernel>();
    prepared->device = device;
    prepared->kernel = prepare(node);
    prepared->description = node.describe();
    auto add_operand = [&](const Tensor& tensor, bool changed) {
      prepared->bytes.push_back(tensor.bytes);
      prepared->absent.push_back(!tensor.present());
      prepared->changed.push_back(changed);
    };
    for (const Tensor& tensor : node.inputs()) add_operand(tensor, false);
    for (const Tensor& tensor : node.outputs()) add_operand(tensor, true);
    for (size_t i : prepared->kernel.states) prepared->changed[i] = true;
    prepared->addresses.resize(prepared->bytes.size());
    *scratch_bytes = prepared->kernel.scratch_bytes;
    *kernel = prepared.release();
    return LMOS_OK;
  });
}

void kernel_release(lmos_kernel* kernel) { delete kernel; }

// The operand's memory, after checking that the run may use it.
void* address_of(const lmos_kernel& kernel, size_t i, lmos_operand operand) {
  if (kernel.absent[i]) return nullptr;
  auto reject = [&](const char* why) {
    throw Invalid(kernel.description + ": operand " + std::to_string(i) + " " + why);
  };
  if (!operand.buffer) reject("has no buffer");
  if (!holds(operand, kernel.bytes[i])) reject("ends past its buffer");
  if (kernel.changed[i] && operand.buffer->wrapped)
    reject("is written but its buffer is read-only");
  return operand.buffer->memory + operand.offset;
}

lmos_status kernel_run(lmos_kernel* kernel, lmos_stream* stream, const lmos_operand* operands,
                       uint64_t operand_count, lmos_operand scratch) {
  return guard(stream->device, [&] {
    if (operand_count != kernel->addresses.size()) {
      throw Invalid(kernel->description + ": run with " + std::to_string(operand_count) +
                    " operands");
    }
    for (size_t i = 0; i < operand_count; ++i) {
      kernel->addresses[i] = address_of(*kernel, i, operands[i]);
    }
    void* scratch_memory = nullptr;
    if (kernel->kernel.scratch_bytes > 0) {
      if (!scratch.buffer || !holds(scratch, kernel->kernel.scratch_bytes)) {
        throw Invalid(kernel->description + ": scratch memory is missing or too small");
      }
      scratch_memory = scratch.buffer->memory + scratch.offset;
    }
    kernel->kernel.compute(Operands(kernel->addresses.data(), scratch_memory));
    return LMOS_OK;
  });
}

}  // namespace

const lmos_backend_interface kBackend = {
    .struct_size = sizeof(lmos_backend_interface),
    .device_count = device_count,
    .device_open = device_open,
    .device_close = device_close,
    .device_info = device_info,
    .buffer_allocate = buffer_allocate,
    .buffer_wrap = buffer_wrap,
    .buffer_release = buffer_release,
    .buffer_address = buffer_address,
    .upload = upload,
    .download = download,
    .stream_create = stream_create,
    .stream_destroy = stream_destroy,
    .stream_synchronize = stream_synchronize,
    .supports = supports,
    .kernel_prepare = kernel_prepare,
    .kernel_release = kernel_release,
    .kernel_run = kernel_run,
};

}  // namespace lmos::reference
