#include "tokenizer_core/model/piece_type.h"

#include <utility>

#include "tokenizer_core/formats/byte_piece.h"

namespace lmos::tokenizer {

std::vector<PieceType> read_piece_types(const JsonCursor& json, const Vocabulary& vocabulary,
                                        TokenId unknown, bool byte_fallback) {
  std::vector<PieceType> types(vocabulary.largest_id_plus_one(), PieceType::kNormal);
  if (unknown != kNoToken) types[unknown] = PieceType::kUnknown;
  for (int byte = 0; byte_fallback && byte < 256; ++byte) {
    const TokenId id = vocabulary.find(byte_piece(static_cast<uint8_t>(byte)));
    if (id != kNoToken) types[id] = PieceType::kByte;
  }
  constexpr std::pair<std::string_view, PieceType> kLists[] = {
      {"control", PieceType::kControl},
      {"user_defined", PieceType::kUserDefined},
      {"unused", PieceType::kUnused}};
  for (const auto& [name, type] : kLists) {
    const std::optional<JsonCursor> ids = json.find(name);
    for (size_t i = 0; ids && i < ids->size(); ++i) {
      const uint64_t id = (*ids)[i].unsigned_integer();
      if (id >= types.size() || !vocabulary.contains(static_cast<TokenId>(id)))
        (*ids)[i].fail("id " + std::to_string(id) + " is not in the vocabulary");
      types[id] = type;
    }
  }
  return types;
}

}  // namespace lmos::tokenizer
