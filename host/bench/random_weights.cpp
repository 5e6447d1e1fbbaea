#include "bench/random_weights.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "components/quantize.h"
#include "formats/half.h"
#include "llmasos/compact_weights.hpp"
#include "train/initialize.h"

namespace lmos::bench {
namespace {

// Elements, a prime number: a matrix whose rows repeat would give logits of which many are equal.
constexpr size_t kBlock = (1 << 18) - 5;

struct CompactBytes {
  std::vector<std::byte> blocks, bases;
};

// None of its blocks is raw, so that any number of them may follow each other.
CompactBytes compact(std::span<const uint16_t> weights) {
  CompactBytes result;
  for (size_t i = 0; i + sdk::kCompactBlock <= weights.size(); i += sdk::kCompactBlock) {
    std::array<std::byte, sdk::kCompactBytes> block;
    uint8_t base = 0;
    if (!sdk::write_compact_block(weights.subspan(i).first<sdk::kCompactBlock>(), block, base))
      continue;
    result.blocks.insert(result.blocks.end(), block.begin(), block.end());
    result.bases.push_back(std::byte{base});
  }
  return result;
}

}  // namespace

void add_random_weights(runtime::TensorStore& store, runtime::Stream& stream,
                        const graph::Graph& graph, runtime::MemoryCategory category,
                        uint64_t seed) {
  graph::Parameter normal;
  normal.name = "block";
  normal.init = graph::Init::kNormal;
  normal.init_scale = 0.02;
  std::vector<float> block(kBlock);
  train::initialize(normal, seed, block);
  std::vector<uint16_t> bfloat16(kBlock), float16(kBlock);
  bf16_from_f32(block, bfloat16);
  f16_from_f32(block, float16);

  std::vector<std::byte> int8(kBlock), float8(kBlock);
  const float int8_scale = components::quantize_row(block, LMOS_I8, int8);
  const float float8_scale = components::quantize_row(block, LMOS_F8_E4M3, float8);

  const CompactBytes compacted = compact(bfloat16);

  for (const graph::Parameter& parameter : graph.parameters) {
    const graph::TensorType& type = graph.type(parameter.value);
    store.allocate(parameter.name, type, category);
    if (!parameter.part_of.empty() && type.dtype == LMOS_F32) {
      const graph::Parameter& weight = *graph.find_parameter(parameter.part_of);
      const std::vector<float> scales(
          static_cast<size_t>(type.elements()),
          graph.type(weight.value).dtype == LMOS_I8 ? int8_scale : float8_scale);
      store.upload(stream, parameter.name, std::as_bytes(std::span(scales)));
      continue;
    }
    const auto source = type.dtype == LMOS_U8 && parameter.part_of.empty()
                            ? std::span<const std::byte>(compacted.blocks)
                        : type.dtype == LMOS_U8      ? std::span<const std::byte>(compacted.bases)
                        : type.dtype == LMOS_BF16    ? std::as_bytes(std::span(bfloat16))
                        : type.dtype == LMOS_F16     ? std::as_bytes(std::span(float16))
                        : type.dtype == LMOS_I8      ? std::span<const std::byte>(int8)
                        : type.dtype == LMOS_F8_E4M3 ? std::span<const std::byte>(float8)
                                                     : std::as_bytes(std::span(block));
    const uint64_t total = type.bytes();
    for (uint64_t done = 0; done < total; done += source.size()) {
      lmos_operand place = store.operand(parameter.name);
      place.offset += done;
      stream.upload(place, source.data(), std::min<uint64_t>(source.size(), total - done));
    }
  }
  stream.synchronize();
}

}  // namespace lmos::bench
