#include "backend.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "device.h"
#include "llmasos/field.hpp"
#include "llmasos/host.hpp"

namespace lmos::backend_cpu {
namespace {

constexpr lmos_string kIsaChoices[] = {sdk::borrow("auto"), sdk::borrow("baseline"),
                                       sdk::borrow("avx2"), sdk::borrow("avx512"),
                                       sdk::borrow("avx512_bf16")};
constexpr lmos_field kFields[] = {
    sdk::Field::string(kIsaField, "Instruction set of the kernels; auto takes the machine's best.")
        .otherwise("auto")
        .choices(kIsaChoices),
    sdk::Field::boolean(kBatchInvariantField,
                        "Compute each token alike, bit for bit, whatever else is in its batch; "
                        "large batches in bfloat16 take up to a third longer.")
        .otherwise("false"),
};

uint32_t device_count(const lmos_host*) { return 1; }

lmos_status device_open(const lmos_host*, const lmos_config* section, uint32_t,
                        lmos_device** device) {
  return sdk::guarded([&] { *device = new lmos_device(open_device(section)); });
}

void device_close(lmos_device* device) { delete device; }

lmos_status device_info(const lmos_device* device, lmos_device_info* info) {
  const std::string isa(cpu::isa_name(device->isa));
  std::snprintf(info->name, sizeof info->name, "cpu, %s, %d threads", isa.c_str(),
                static_cast<int>(device->parallel.threads));
  const long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
  info->memory_bytes = pages > 0 && page_bytes > 0
                           ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes)
                           : 0;
  return LMOS_OK;
}

lmos_status buffer_allocate(lmos_device*, uint64_t bytes, lmos_buffer** buffer) {
  return sdk::guarded([&] {
    auto made = std::make_unique<lmos_buffer>(lmos_buffer{nullptr, bytes, false});
    made->memory = allocate_memory(bytes);
    *buffer = made.release();
  });
}

lmos_status buffer_wrap(lmos_device*, const void* memory, uint64_t bytes, lmos_buffer** buffer) {
  return sdk::guarded([&] {
    // Nothing is ever written through a wrapped buffer: uploads and kernels refuse it.
    auto* address = static_cast<std::byte*>(const_cast<void*>(memory));
    *buffer = new lmos_buffer{address, bytes, true};
  });
}

void buffer_release(lmos_buffer* buffer) {
  if (buffer != nullptr && !buffer->wrapped) free_memory(buffer->memory);
  delete buffer;
}

void* buffer_address(lmos_buffer* buffer) { return buffer->memory; }

bool holds(const lmos_operand& operand, uint64_t bytes) {
  return operand.offset <= operand.buffer->bytes && bytes <= operand.buffer->bytes - operand.offset;
}

lmos_status upload(lmos_stream*, lmos_operand to, const void* source, uint64_t bytes) {
  return sdk::guarded([&] {
    if (!holds(to, bytes)) throw sdk::invalid("cpu: upload past the end of the buffer");
    if (to.buffer->wrapped) throw sdk::invalid("cpu: upload to a read-only buffer");
    if (bytes > 0) std::memcpy(to.buffer->memory + to.offset, source, bytes);
  });
}

lmos_status download(lmos_stream*, void* destination, lmos_operand from, uint64_t bytes) {
  return sdk::guarded([&] {
    if (!holds(from, bytes)) throw sdk::invalid("cpu: download past the end of the buffer");
    if (bytes > 0) std::memcpy(destination, from.buffer->memory + from.offset, bytes);
  });
}

lmos_status stream_create(lmos_device* device, lmos_stream** stream) {
  return sdk::guarded([&] { *stream = new lmos_stream{device}; });
}

void stream_destroy(lmos_stream* stream) { delete stream; }

lmos_status stream_synchronize(lmos_stream*) { return LMOS_OK; }

Prepared prepare(const lmos_device& device, const Node& node) {
  const Prepare operation = find_operation(node.op());
  if (operation == nullptr) {
    throw sdk::unsupported("cpu: there is no operation `" + std::string(node.op()) + "`");
  }
  if (node.op() != "linear_quantized") node.require_unquantized();
  return operation(node, device.machine());
}

int32_t supports(const lmos_device* device, const lmos_node* node) {
  try {
    prepare(*device, Node(*node));
    return 1;
  } catch (const std::exception&) {
    return 0;
  }
}

lmos_status kernel_prepare(lmos_device* device, const lmos_node* description, lmos_kernel** kernel,
                           uint64_t* scratch_bytes) {
  return sdk::guarded([&] {
    const Node node(*description);
    auto made = std::make_unique<lmos_kernel>();
    made->op = node.op();
    made->prepared = prepare(*device, node);
    for (size_t i = 0; i < node.inputs(); ++i) {
      const Tensor tensor = node.input(i);
      made->operands.push_back({static_cast<uint64_t>(tensor.bytes()), tensor.dtype == 0, false});
    }
    for (const size_t i : made->prepared.states) made->operands[i].changed = true;
    for (size_t i = 0; i < node.outputs(); ++i) {
      made->operands.push_back({static_cast<uint64_t>(node.output(i).bytes()), false, true});
    }
    made->addresses.resize(made->operands.size());
    *scratch_bytes = static_cast<uint64_t>(made->prepared.scratch_bytes);
    *kernel = made.release();
  });
}

void kernel_release(lmos_kernel* kernel) { delete kernel; }

// The operand's memory, after checking that the run may use it.
void* address_of(const lmos_kernel& kernel, size_t i, const lmos_operand& operand) {
  const lmos_kernel::Operand& expected = kernel.operands[i];
  if (expected.absent) return nullptr;
  const char* why = nullptr;
  if (operand.buffer == nullptr) {
    why = " has no buffer";
  } else if (!holds(operand, expected.bytes)) {
    why = " ends past its buffer";
  } else if (expected.changed && operand.buffer->wrapped) {
    why = " is written but its buffer is read-only";
  }
  if (why != nullptr) throw sdk::invalid(kernel.op + ": operand " + std::to_string(i) + why);
  return operand.buffer->memory + operand.offset;
}

lmos_status kernel_run(lmos_kernel* kernel, lmos_stream* stream, const lmos_operand* operands,
                       uint64_t operand_count, lmos_operand scratch) {
  return sdk::guarded([&] {
    if (operand_count != kernel->operands.size()) {
      throw sdk::invalid(kernel->op + ": run with " + std::to_string(operand_count) +
                         " operands, prepared for " + std::to_string(kernel->operands.size()));
    }
    for (size_t i = 0; i < operand_count; ++i) {
      kernel->addresses[i] = address_of(*kernel, i, operands[i]);
    }
    std::byte* scratch_memory = nullptr;
    const auto needed = static_cast<uint64_t>(kernel->prepared.scratch_bytes);
    if (needed > 0) {
      if (scratch.buffer == nullptr || !holds(scratch, needed)) {
        throw sdk::invalid(kernel->op + ": scratch memory is missing or too small");
      }
      scratch_memory = scratch.buffer->memory + scratch.offset;
    }
    kernel->prepared.run(Run(stream->device->parallel, kernel->addresses.data(), scratch_memory));
  });
}

}  // namespace

const lmos_backend_interface kBackend = {
    .struct_size = sizeof(lmos_backend_interface),
    .fields = kFields,
    .field_count = std::size(kFields),
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

}  // namespace lmos::backend_cpu
