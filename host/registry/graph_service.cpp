#include "registry/graph_service.h"

#include <algorithm>
#include <new>

#include "errors/error.h"
#include "registry/graph_arguments.h"

namespace lmos::registry {

namespace {

// Runs the body of a table function; a refusal is kept in the session, whose owner reports it.
template <class Body>
lmos_status guarded(lmos_graph_builder* handle, Body&& body) {
  GraphSession& session = GraphSession::of(handle);
  try {
    body(session);
    return LMOS_OK;
  } catch (const std::bad_alloc&) {
    session.set_problem("out of memory");
    return LMOS_NO_MEMORY;
  } catch (const std::exception& error) {
    session.set_problem(error.what());
    return LMOS_INVALID;
  }
}

lmos_dtype compute_dtype(lmos_graph_builder* handle) {
  return GraphSession::of(handle).compute_dtype();
}

int64_t symbol(lmos_graph_builder* handle, lmos_string name) {
  int64_t id = 0;
  guarded(handle, [&](GraphSession& session) { id = session.symbol(name); });
  return id;
}

lmos_status input(lmos_graph_builder* handle, lmos_string name, const lmos_tensor_info* info,
                  lmos_value* value) {
  return guarded(handle, [&](GraphSession& session) {
    *value = session.builder().input(graph_text(name), tensor_type(*info));
  });
}

lmos_status parameter(lmos_graph_builder* handle, const lmos_parameter* parameter,
                      lmos_value* value) {
  return guarded(handle, [&](GraphSession& session) { *value = session.parameter(*parameter); });
}

lmos_status node(lmos_graph_builder* handle, lmos_string op, const lmos_value* inputs,
                 uint64_t input_count, const lmos_attribute* attributes, uint64_t attribute_count,
                 lmos_value* outputs, uint64_t output_count) {
  return guarded(handle, [&](GraphSession& session) {
    for (uint64_t i = 0; i < input_count; ++i)
      if (inputs[i] != LMOS_NO_VALUE) session.check_value(inputs[i]);
    const auto values = session.builder().node(graph_text(op), {inputs, input_count},
                                               graph_attributes(attributes, attribute_count));
    if (values.size() != output_count)
      throw Error(ErrorKind::kInternal, std::string(graph_text(op)) + " has " +
                                            std::to_string(values.size()) + " outputs, not " +
                                            std::to_string(output_count));
    std::copy(values.begin(), values.end(), outputs);
  });
}

lmos_status output(lmos_graph_builder* handle, lmos_string name, lmos_value value) {
  return guarded(handle,
                 [&](GraphSession& session) { session.builder().output(graph_text(name), value); });
}

lmos_status value_info(lmos_graph_builder* handle, lmos_value value, lmos_tensor_info* info) {
  return guarded(handle, [&](GraphSession& session) {
    session.check_value(value);
    write_tensor_info(session.builder().type(value), *info);
  });
}

lmos_status begin_block(lmos_graph_builder* handle, lmos_string name) {
  return guarded(handle, [&](GraphSession& session) { session.begin_block(name); });
}

lmos_status end_block(lmos_graph_builder* handle) {
  return guarded(handle, [](GraphSession& session) { session.end_block(); });
}

constexpr lmos_host_graph kTable = {
    .struct_size = sizeof(lmos_host_graph),
    .reserved = 0,
    .compute_dtype = compute_dtype,
    .symbol = symbol,
    .input = input,
    .parameter = parameter,
    .node = node,
    .output = output,
    .value_info = value_info,
    .begin_block = begin_block,
    .end_block = end_block,
};

}  // namespace

const lmos_host_graph& graph_service() { return kTable; }

}  // namespace lmos::registry
