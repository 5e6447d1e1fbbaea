#include "infer/cached_model.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "errors/error.h"
#include "graph/builder.h"
#include "passes/kv_cache.h"
#include "passes/supports.h"
#include "runtime/compile.h"
#include "runtime/supports.h"

namespace lmos::infer {
namespace {

constexpr size_t kInputAlignment = 16;  // elements, of inputs in their buffer

int64_t padded(int64_t count) {
  return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(count)));
}

void add_likeliest(const runtime::Device& device, graph::Graph& graph, int64_t known_ids) {
  graph::Builder builder(graph);
  const graph::ValueId logits = graph.find_output("logits");
  const int64_t rows = builder.type(logits).dims[0], vocab = builder.type(logits).dims[1];
  const int64_t columns = known_ids > 0 ? std::min(known_ids, vocab) : vocab;
  const graph::Attributes attributes = {{"count", std::min(kLikeliest, columns)},
                                        {"columns", columns}};
  const graph::TensorType one_row[] = {{LMOS_F32, {1, vocab}}, {LMOS_F32, {1}}};
  if (!passes::supports_new(runtime::supports_of(device), "largest", one_row, attributes)) return;
  const graph::ValueId scales = builder.input("scales", {LMOS_F32, {rows}});
  const graph::ValueId inputs[] = {logits, scales};
  const std::vector<graph::ValueId> found = builder.node("largest", inputs, attributes);
  builder.output("largest", found[0]);
  builder.output("largest_ids", found[1]);
  builder.output("sums", found[2]);
}

}  // namespace

// Tokens that only fill up a batch share the first position of a sequence of their own, after the
// last, in a page of its own.
graph::Graph with_cache(const runtime::Device& device, const graph::Graph& logits,
                        const CacheShape& shape) {
  graph::Graph graph = logits;
  graph::Builder builder(graph);
  const graph::ValueId raw = graph.find_output("logits");
  if (raw == graph::kNoValue)
    throw Error(ErrorKind::kPlugin, "the model's graph has no output named `logits`");
  graph.outputs.clear();
  builder.output("logits", builder.cast(raw, LMOS_F32));
  graph::Graph cached = passes::kv_cache(graph, {shape.page_count() + 1, shape.page_tokens,
                                                 shape.sequences + 1, shape.sequence_pages()});
  add_likeliest(device, cached, shape.known_ids);
  return cached;
}

CachedModel::CachedModel(runtime::Device& device, const graph::Graph& logits,
                         runtime::TensorStore& weights, const CacheShape& shape)
    : device_(device),
      weights_(weights),
      shape_(shape),
      graph_(with_cache(device, logits, shape)),
      stream_(device),
      cache_(device),
      page_table_(static_cast<size_t>((shape.sequences + 1) * shape.sequence_pages())),
      page_table_buffer_(
          device.allocate(page_table_.size() * sizeof(int32_t), runtime::MemoryCategory::kInputs)) {
  if (shape.page_count() >= shape.sequences * shape.sequence_pages())
    std::iota(page_table_.begin(), page_table_.end(), 0);
  page_table_[static_cast<size_t>(shape.sequences * shape.sequence_pages())] =
      static_cast<int32_t>(shape.page_count());
  vocab_size_ = graph_.type(graph_.find_output("logits")).dims.back();
  for (const graph::ValueId state : graph_.states) {
    const graph::Value& value = graph_.value(state);
    cache_.allocate_zeros(stream_, value.name, value.type, runtime::MemoryCategory::kCaches);
  }
}

void CachedModel::set_page(int32_t sequence, int64_t place, int32_t page) {
  page_table_[static_cast<size_t>(sequence * shape_.sequence_pages() + place)] = page;
  page_table_changed_ = true;
}

void CachedModel::set_profiler(runtime::Profiler* profiler) {
  for (auto& [size, variant] : variants_) variant.executable->set_profiler(profiler);
}

std::span<int32_t> CachedModel::Variant::input(std::string_view name) {
  const auto [first, count] = inputs.at(std::string(name));
  return std::span(values).subspan(first, count);
}

CachedModel::Variant& CachedModel::variant(int64_t tokens, int64_t rows) {
  const auto [place, added] = variants_.try_emplace({tokens, rows});
  Variant& variant = place->second;
  if (!added) return variant;
  variant.executable = runtime::compile(device_, graph_, {{"tokens", tokens}, {"rows", rows}});
  runtime::Executable& executable = *variant.executable;
  std::vector<graph::ValueId> inputs;
  for (const graph::ValueId input : executable.graph().inputs) {
    const graph::Value& value = executable.graph().value(input);
    if (value.name == "page_table") {
      executable.bind(input, page_table_buffer_.operand());
      continue;
    }
    if (value.type.dtype != LMOS_I32 && value.name != "scales")
      throw Error(ErrorKind::kPlugin, "the model's input `" + value.name +
                                          "` is not i32; generation has no values for it");
    const size_t count = static_cast<size_t>(value.type.elements());
    variant.inputs.emplace(value.name, std::pair(variant.values.size(), count));
    variant.values.resize(variant.values.size() +
                          (count + kInputAlignment - 1) / kInputAlignment * kInputAlignment);
    inputs.push_back(input);
  }
  variant.buffer =
      device_.allocate(variant.values.size() * sizeof(int32_t), runtime::MemoryCategory::kInputs);
  for (const graph::ValueId input : inputs) {
    lmos_operand place = variant.buffer.operand();
    place.offset += variant.inputs.at(executable.graph().value(input).name).first * sizeof(int32_t);
    executable.bind(input, place);
  }
  weights_.bind_to(executable);
  cache_.bind_to(executable);
  executable.allocate();
  return variant;
}

void CachedModel::run(std::span<const Token> tokens, std::span<const int32_t> rows,
                      std::span<const float> scales) {
  const int64_t count = static_cast<int64_t>(tokens.size());
  if (count == 0 || count > shape_.batch_tokens())
    throw Error(ErrorKind::kInternal, "a batch holds 1 to batch_tokens() tokens");
  const int64_t wanted = std::max<int64_t>(1, static_cast<int64_t>(rows.size()));
  Variant& variant = this->variant(std::min(padded(count), shape_.batch_tokens()), padded(wanted));

  const std::span<int32_t> ids = variant.input("input_ids"), sequences = variant.input("sequences"),
                           positions = variant.input("positions"), selected = variant.input("rows");
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool given = i < tokens.size();
    ids[i] = given ? tokens[i].id : 0;
    sequences[i] = given ? tokens[i].sequence : static_cast<int32_t>(shape_.sequences);
    positions[i] = given ? tokens[i].position : 0;
  }
  std::fill(std::ranges::copy(rows, selected.begin()).out, selected.end(), 0);
  if (variant.inputs.contains("scales")) {
    const std::span<int32_t> places = variant.input("scales");
    scales_.assign(places.size(), 1.0f);
    std::ranges::copy(scales, scales_.begin());
    std::ranges::transform(scales_, places.begin(),
                           [](float scale) { return std::bit_cast<int32_t>(scale); });
  }
  stream_.upload(variant.buffer.operand(), variant.values.data(),
                 variant.values.size() * sizeof(int32_t));
  if (page_table_changed_) {
    stream_.upload(page_table_buffer_.operand(), page_table_.data(),
                   page_table_.size() * sizeof(int32_t));
    page_table_changed_ = false;
  }
  variant.executable->run(stream_);
  if (!scales_.empty()) fetch_likeliest(*variant.executable);
  stream_.synchronize();
  last_ = variant.executable.get();
}

void CachedModel::fetch_likeliest(const runtime::Executable& executable) {
  const auto fetch = [&](auto& values, std::string_view name) {
    values.resize(static_cast<size_t>(executable.output_type(name).elements()));
    stream_.download(values.data(), executable.output(name), values.size() * sizeof(values[0]));
  };
  fetch(largest_, "largest");
  fetch(largest_ids_, "largest_ids");
  fetch(sums_, "sums");
}

std::optional<Likeliest> CachedModel::likeliest(size_t row) const {
  if (scales_.empty()) return std::nullopt;
  const size_t count = largest_.size() / sums_.size();
  return Likeliest{.logits = std::span(largest_).subspan(row * count, count),
                   .ids = std::span(largest_ids_).subspan(row * count, count),
                   .sum = sums_[row],
                   .scale = scales_[row],
                   .vocabulary = known_ids()};
}

std::span<const float> CachedModel::logits(size_t first, size_t rows) {
  const auto vocab = static_cast<size_t>(vocab_size_);
  logits_.resize(rows * vocab);
  lmos_operand place = last_->output("logits");
  place.offset += first * vocab * sizeof(float);
  runtime::download_now(stream_, std::span(logits_), place);
  return logits_;
}

std::span<const float> CachedModel::forward(std::span<const Token> tokens,
                                            std::span<const int32_t> rows) {
  run(tokens, rows);
  return logits(0, rows.size());
}

}  // namespace lmos::infer
