// Decoding as SentencePiece does it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "tokenizer_core/decode/stage.h"
#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/normalize/normalizer.h"

namespace lmos::tokenizer {

struct SentencePieceDecoding {
  // `json`: the member `sentencepiece` of a decoder.
  explicit SentencePieceDecoding(const JsonCursor& json);

  bool strips_first_space;  // one of the first piece
  bool strips_until_text;   // of each piece before the first that is not empty then
  bool byte_fallback;       // "<0x41>" stands for its byte
  std::string unknown, unknown_surface;
  std::unique_ptr<const Normalizer> denormalizer;  // of the whole decoded text; may be null
  std::unordered_set<std::string> control;
};

// The first stage: tokens come whole. With a denormaliser, text is kept back to the end.
class SentencePieceStage final : public DecodeStage {
 public:
  SentencePieceStage(std::shared_ptr<const SentencePieceDecoding> settings, DecodeStage& next)
      : settings_(std::move(settings)), next_(next) {}
  void push(Fragment fragment) override;
  void finish() override;

 private:
  void hand_on(std::string_view text);
  void hand_on_bytes(bool all);
  void piece(std::string_view text);

  std::shared_ptr<const SentencePieceDecoding> settings_;
  DecodeStage& next_;
  std::string bytes_, text_;
  std::string denormal_;         // all text, where there is a denormaliser
  bool begins_ = true;           // no text yet, and no first space was stripped
  bool stripped_first_ = false;  // by the piece before
};

}  // namespace lmos::tokenizer
