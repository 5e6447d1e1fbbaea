#include "components/weights.h"

#include <set>
#include <utility>
#include <vector>

#include "components/compact.h"
#include "components/quantize.h"
#include "errors/error.h"
#include "formats/tensor_check.h"
#include "passes/compact_weights.h"
#include "passes/quantize_weights.h"

namespace lmos::components {
namespace {

void add_converted(runtime::TensorStore& store, runtime::Stream& stream, const std::string& name,
                   const StoredTensor& tensor, const graph::TensorType& type) {
  const TensorEncoding target{type.dtype, nullptr};
  std::vector<std::byte> values;
  values.reserve(encoded_bytes(target, tensor.shape).value_or(0));
  read_tensor(tensor, target, name, [&](std::span<const std::byte> piece) {
    values.insert(values.end(), piece.begin(), piece.end());
  });
  store.allocate(name, type, runtime::MemoryCategory::kParameters);
  store.upload(stream, name, values);
}

bool is_quantized(const graph::TensorType& type) {
  return type.dtype == LMOS_I8 || type.dtype == LMOS_F8_E4M3;
}

void add_quantized(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& graph,
                   const graph::Parameter& parameter, const StoredTensor& tensor) {
  const graph::TensorType& type = graph.type(parameter.value);
  const QuantizedTensor quantized =
      quantize(tensor, parameter.name, type.dtype, parameter.transposed);
  const std::string scale = passes::scale_name(parameter.name);
  store.allocate(parameter.name, type, runtime::MemoryCategory::kParameters);
  store.upload(stream, parameter.name, quantized.values);
  store.allocate(scale, {LMOS_F32, {type.dims[0]}}, runtime::MemoryCategory::kParameters);
  store.upload(stream, scale, std::as_bytes(std::span(quantized.scales)));
}

void add_compact(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& graph,
                 const graph::Parameter& parameter, const StoredTensor& tensor) {
  const CompactTensor made = compact(tensor, parameter.name, parameter.transposed);
  const auto add = [&](const std::string& name, std::span<const std::byte> values) {
    const graph::Parameter& part = *graph.find_parameter(name);
    store.allocate(name, graph.type(part.value), runtime::MemoryCategory::kParameters);
    store.upload(stream, name, values);
  };
  add(parameter.name, made.blocks);
  add(passes::bases_name(parameter.name), made.bases);
  add(passes::raw_name(parameter.name), std::as_bytes(std::span(made.raw)));
}

// As files hold it.
std::vector<int64_t> stored_dims(const graph::Graph& graph, const graph::Parameter& parameter) {
  std::vector<int64_t> dims = passes::plain_type(graph.type(parameter.value)).dims;
  if (parameter.transposed) std::swap(dims[0], dims[1]);
  return dims;
}

// Names that files may have for a parameter, the first that there is.
std::string stored_name(const StoredTensors& tensors, const std::string& name) {
  std::vector<std::string> names = {name};
  for (const auto& [now, once] : {std::pair{"LayerNorm.weight", "LayerNorm.gamma"},
                                  std::pair{"LayerNorm.bias", "LayerNorm.beta"}})
    if (name.ends_with(now))
      names.push_back(name.substr(0, name.size() - std::string_view(now).size()) + once);
  for (size_t i = names.size(); i-- > 0;)
    if (const size_t dot = names[i].find('.'); dot != std::string::npos)
      names.push_back(names[i].substr(dot + 1));
  for (const std::string& candidate : names)
    if (tensors.contains(candidate)) return candidate;
  return name;
}

// What files hold beside the parameters and what follows from them: the frequencies of rotary
// embeddings, causal masks, positions, a tied head, which may be there twice, and the bias that an
// untied one does not use.
bool follows_from_the_rest(std::string_view name) {
  for (const char* end :
       {"rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", "embeddings.position_ids",
        "cls.predictions.decoder.weight", "cls.predictions.decoder.bias", "cls.predictions.bias"})
    if (name.ends_with(end)) return true;
  return name == "lm_head.weight";
}

}  // namespace

void load_weights(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& graph,
                  const Weights& weights, lmos_dtype storage, const std::string& where,
                  const LoadOptions& options) {
  const auto& tensors = weights.tensors();
  PresentShapes present = shapes_of(tensors);
  std::vector<ExpectedTensor> expected;
  std::vector<const graph::Parameter*> found, absent;
  for (const graph::Parameter& parameter : graph.parameters) {
    if (!parameter.part_of.empty()) continue;  // comes with the weight
    const std::string stored = stored_name(tensors, parameter.name);
    const auto place = tensors.find(stored);
    if (place != tensors.end()) {
      present.erase(place->first);
      present.emplace(parameter.name, place->second.shape);
      found.push_back(&parameter);
    } else if (options.absent) {
      absent.push_back(&parameter);
      continue;
    }
    expected.push_back({parameter.name, stored_dims(graph, parameter)});
  }
  if (found.empty() && options.absent)
    throw Error(ErrorKind::kInput, where + " holds none of the model's tensors, such as " +
                                       graph.parameters.front().name);
  // A tied tensor may be there under several names, in PyTorch's files as the same data.
  std::set<const std::byte*> used;
  for (const graph::Parameter* parameter : found)
    used.insert(tensors.find(stored_name(tensors, parameter->name))->second.data.data());
  check_tensors(expected, present, where, [&](std::string_view name) {
    return options.part || follows_from_the_rest(name) ||
           used.contains(tensors.find(name)->second.data.data());
  });
  for (const graph::Parameter* parameter : found) {
    const StoredTensor& tensor = tensors.find(stored_name(tensors, parameter->name))->second;
    if (is_quantized(graph.type(parameter->value))) {
      add_quantized(store, stream, graph, *parameter, tensor);
      continue;
    }
    if (passes::is_compact(graph.type(parameter->value))) {
      add_compact(store, stream, graph, *parameter, tensor);
      continue;
    }
    const graph::TensorType type{storage, graph.type(parameter->value).dims};
    if (!tensor.lies_as(storage)) {
      add_converted(store, stream, parameter->name, tensor, type);
    } else if (options.share) {
      store.add_constant(stream, parameter->name, type, tensor.data,
                         runtime::MemoryCategory::kParameters);
    } else {
      store.allocate(parameter->name, type, runtime::MemoryCategory::kParameters);
      store.upload(stream, parameter->name, tensor.data);
    }
  }
  for (const graph::Parameter* parameter : absent) options.absent(*parameter);
}

}  // namespace lmos::components
