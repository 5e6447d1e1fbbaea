#include "infer/cached_model.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "errors/error.h"
#include "graph/builder.h"
#include "passes/kv_cache.h"
#include "runtime/compile.h"

namespace lmos::infer {
// Tokens that only fill up a batch share the first position of a sequence of their own, after the
// last, in a page of its own.
graph::Graph with_cache(const graph::Graph& logits, const CacheShape& shape) {
  graph::Graph graph = logits;
  graph::Builder builder(graph);
  const graph::ValueId raw = graph.find_output("logits");
  if (raw == graph::kNoValue)
    throw Error(ErrorKind::kPlugin, "the model's graph has no output named `logits`");
  graph.outputs.clear();
  builder.output("logits", builder.cast(raw, LMOS_F32));
  return passes::kv_cache(graph, {shape.page_count() + 1, shape.page_tokens, shape.sequences + 1,
                                  shape.sequence_pages()});
}

namespace {

int64_t padded(int64_t count) {
  return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(count)));
}

}  // namespace

CachedModel::CachedModel(runtime::Device& device, const graph::Graph& logits,
                         runtime::TensorStore& weights, const CacheShape& shape)
    : device_(device),
      weights_(weights),
      shape_(shape),
      graph_(with_cache(logits, shape)),
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

CachedModel::Variant& CachedModel::variant(int64_t tokens, int64_t rows) {
  const auto [place, added] = variants_.try_emplace({tokens, rows});
  Variant& variant = place->second;
  if (!added) return variant;
  variant.executable = runtime::compile(device_, graph_, {{"tokens", tokens}, {"rows", rows}});
  runtime::Executable& executable = *variant.executable;
  for (const graph::ValueId input : executable.graph().inputs) {
    const graph::Value& value = executable.graph().value(input);
    if (value.name == "page_table") {
      executable.bind(input, page_table_buffer_.operand());
      continue;
    }
    auto buffer = device_.allocate(value.type.bytes(), runtime::MemoryCategory::kInputs);
    executable.bind(input, buffer.operand());
    variant.inputs.emplace(value.name, std::move(buffer));
  }
  weights_.bind_to(executable);
  cache_.bind_to(executable);
  executable.allocate();
  return variant;
}

std::span<const float> CachedModel::forward(std::span<const Token> tokens,
                                            std::span<const int32_t> rows) {
  const int64_t count = static_cast<int64_t>(tokens.size());
  if (count == 0 || count > shape_.batch_tokens())
    throw Error(ErrorKind::kInternal, "a batch holds 1 to batch_tokens() tokens");
  const int64_t wanted = std::max<int64_t>(1, static_cast<int64_t>(rows.size()));
  Variant& variant = this->variant(std::min(padded(count), shape_.batch_tokens()), padded(wanted));

  const size_t places = variant.inputs.at("input_ids").bytes() / sizeof(int32_t);
  std::vector<int32_t> ids(places, 0), sequences(places, static_cast<int32_t>(shape_.sequences)),
      positions(places, 0);
  for (size_t i = 0; i < tokens.size(); ++i) {
    ids[i] = tokens[i].id;
    sequences[i] = tokens[i].sequence;
    positions[i] = tokens[i].position;
  }
  std::vector<int32_t> selected(variant.inputs.at("rows").bytes() / sizeof(int32_t), 0);
  std::ranges::copy(rows, selected.begin());
  const auto put = [&](const char* name, const std::vector<int32_t>& values) {
    stream_.upload(variant.inputs.at(name).operand(), values.data(),
                   values.size() * sizeof(int32_t));
  };
  put("input_ids", ids);
  put("sequences", sequences);
  put("positions", positions);
  put("rows", selected);
  if (page_table_changed_) {
    stream_.upload(page_table_buffer_.operand(), page_table_.data(),
                   page_table_.size() * sizeof(int32_t));
    page_table_changed_ = false;
  }
  variant.executable->run(stream_);
  logits_.resize(static_cast<size_t>(wanted * vocab_size_));
  runtime::download_now(stream_, std::span(logits_), variant.executable->output("logits"));
  return std::span<const float>(logits_).first(rows.size() * static_cast<size_t>(vocab_size_));
}

}  // namespace lmos::infer
