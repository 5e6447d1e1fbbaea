#include "tokenizer_core/formats/sentencepiece_model.h"

#include <cmath>
#include <unordered_set>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/byte_piece.h"
#include "tokenizer_core/formats/protobuf_reader.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

SentencePiece read_piece(ProtobufReader message) {
  SentencePiece piece;
  while (message.next()) {
    switch (message.field()) {
      case 1:
        piece.text = message.bytes();
        break;
      case 2:
        piece.score = message.number();
        break;
      case 3: {
        const uint64_t type = message.integer();
        if (type < 1 || type > 6)
          message.fail("a piece has the unknown type " + std::to_string(type));
        piece.type = static_cast<PieceType>(type);
        break;
      }
    }
  }
  if (piece.text.empty()) message.fail("a piece is empty");
  if (find_invalid_utf8(piece.text) != piece.text.npos) message.fail("a piece is not valid UTF-8");
  if (!std::isfinite(piece.score))
    message.fail("the score of '" + piece.text + "' is not a finite number");
  return piece;
}

void read_trainer(ProtobufReader message, SentencePieceModel& model) {
  while (message.next()) {
    switch (message.field()) {
      case 3: {
        const uint64_t kind = message.integer();
        if (kind < 1 || kind > 4)
          message.fail("the model has the unknown type " + std::to_string(kind));
        model.kind = static_cast<SentencePieceModel::Kind>(kind);
        break;
      }
      case 24:
        model.space_is_suffix = message.boolean();
        break;
      case 35:
        model.byte_fallback = message.boolean();
        break;
      case 44:
        model.unknown_surface = message.bytes();
        break;
      case 46:
        model.bos = message.bytes();
        break;
      case 47:
        model.eos = message.bytes();
        break;
      case 48:
        model.pad = message.bytes();
        break;
    }
  }
  if (find_invalid_utf8(model.unknown_surface) != std::string::npos)
    message.fail("the surface of the unknown piece is not valid UTF-8");
}

void read_normalization(ProtobufReader message, SentencePieceNormalization& normalization) {
  while (message.next()) {
    switch (message.field()) {
      case 2:
        normalization.charsmap = message.bytes();
        break;
      case 3:
        normalization.add_dummy_prefix = message.boolean();
        break;
      case 4:
        normalization.remove_extra_whitespaces = message.boolean();
        break;
      case 5:
        normalization.escape_whitespaces = message.boolean();
        break;
    }
  }
}

void check_pieces(SentencePieceModel& model, const ProtobufReader& file) {
  std::unordered_set<std::string_view> seen;
  size_t unknown = 0, bytes = 0;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const SentencePiece& piece = model.pieces[id];
    if (!seen.insert(piece.text).second)
      file.fail("the piece '" + piece.text + "' is there twice; the second has id " +
                std::to_string(id));
    if (piece.type == PieceType::kUnknown) {
      model.unknown = id;
      ++unknown;
    }
    if (piece.type == PieceType::kByte) {
      if (!model.byte_fallback || !byte_of_piece(piece.text))
        file.fail("the piece '" + piece.text + "' is said to be a byte and is none");
      ++bytes;
    }
  }
  if (unknown != 1)
    file.fail("the file has " + std::to_string(unknown) + " unknown pieces instead of one");
  if (model.byte_fallback && bytes != 256)
    file.fail("the file has " + std::to_string(bytes) + " byte pieces instead of 256");
}

}  // namespace

SentencePieceModel read_sentencepiece_model(std::string_view bytes) {
  SentencePieceModel model;
  ProtobufReader file(bytes);
  while (file.next()) {
    switch (file.field()) {
      case 1:
        model.pieces.push_back(read_piece(file.message()));
        break;
      case 2:
        read_trainer(file.message(), model);
        break;
      case 3:
        read_normalization(file.message(), model.normalization);
        break;
      case 5:
        read_normalization(file.message(), model.denormalization);
        break;
    }
  }
  check_pieces(model, file);
  return model;
}

}  // namespace lmos::tokenizer
