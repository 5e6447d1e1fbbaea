#include "formats/convert/copy_tensors.h"

#include <algorithm>

#include "errors/error.h"
#include "formats/mapped_file.h"
#include "formats/quote.h"

namespace lmos {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

}  // namespace

void check_plan(const ConversionPlan& plan, const std::string& where) {
  for (const auto& [name, tensor] : plan) {
    if (converts(tensor.source.encoding, tensor.target)) continue;
    throw Error(ErrorKind::kInput, where + ": tensor " + quote_text(name) + " is stored as " +
                                       encoding_name(tensor.source.encoding) +
                                       ", which cannot be converted to " +
                                       encoding_name(tensor.target));
  }
}

uint64_t planned_bytes(const ConversionPlan& plan) {
  uint64_t total = 0;
  for (const auto& [name, tensor] : plan)
    total += encoded_bytes(tensor.target, tensor.source.shape).value_or(0);
  return total;
}

void copy_tensor(const std::string& name, const PlannedTensor& tensor, uint64_t total,
                 uint64_t& done, const ConversionEvents& events,
                 const std::function<void(std::span<const std::byte>)>& append) {
  const std::span<const std::byte> stored = tensor.source.data;
  read_tensor(tensor.source, tensor.target, name, [&](std::span<const std::byte> data) {
    while (!data.empty()) {
      if (events.cancelled && events.cancelled())
        throw Error(ErrorKind::kInterrupted, "interrupted; nothing was written");
      const std::span<const std::byte> piece = data.first(std::min(data.size(), kPieceBytes));
      append(piece);
      // A piece of the map itself is not needed any more.
      if (tensor.in_map && piece.data() >= stored.data() &&
          piece.data() < stored.data() + stored.size())
        release_pages(piece);
      data = data.subspan(piece.size());
      done += piece.size();
      if (events.on_progress) events.on_progress(done, total);
    }
  });
  if (tensor.in_map) release_pages(stored);
}

}  // namespace lmos
