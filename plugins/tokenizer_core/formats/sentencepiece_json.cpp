#include "tokenizer_core/formats/sentencepiece_json.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "llmasos/base64.hpp"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/json_parts.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581

json::value replace(json::value pattern, std::string_view content) {
  return {{"type", "Replace"}, {"pattern", std::move(pattern)}, {"content", content}};
}

json::array texts_of(const SentencePieceModel& model, PieceType type) {
  json::array texts;
  for (const SentencePiece& piece : model.pieces) {
    if (piece.type == type) texts.push_back(json::string(piece.text));
  }
  return texts;
}

json::array ids_of(const SentencePieceModel& model, PieceType type) {
  json::array ids;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].type == type) ids.push_back(id);
  }
  return ids;
}

json::object exact_normalization(const SentencePieceNormalization& normalization) {
  return {{"add_dummy_prefix", normalization.add_dummy_prefix},
          {"remove_extra_whitespaces", normalization.remove_extra_whitespaces},
          {"escape_whitespaces", normalization.escape_whitespaces}};
}

json::value normalizer(const SentencePieceModel& model) {
  const SentencePieceNormalization& options = model.normalization;
  json::array steps;
  if (!options.charsmap.empty())
    steps.push_back(json::object{{"type", "Precompiled"},
                                 {"precompiled_charsmap", sdk::encode_base64(options.charsmap)}});
  if (options.remove_extra_whitespaces) {
    steps.push_back(json::object{{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}});
    steps.push_back(replace({{"Regex", " {2,}"}}, " "));
  }
  const std::string_view space = options.escape_whitespaces ? kSpaceSymbol : " ";
  if (options.add_dummy_prefix && !model.space_is_suffix)
    steps.push_back(json::object{{"type", "Prepend"}, {"prepend", space}});
  if (options.add_dummy_prefix && model.space_is_suffix)
    steps.push_back(replace({{"Regex", "$"}}, space));
  if (options.escape_whitespaces) steps.push_back(replace({{"String", " "}}, kSpaceSymbol));
  json::object exact = exact_normalization(options);
  exact["space_is_suffix"] = model.space_is_suffix;
  exact["user_defined"] = texts_of(model, PieceType::kUserDefined);
  return {
      {"type", "Sequence"}, {"normalizers", std::move(steps)}, {"sentencepiece", std::move(exact)}};
}

json::value decoder(const SentencePieceModel& model) {
  json::array steps = {replace({{"String", kSpaceSymbol}}, " ")};
  if (model.byte_fallback) steps.push_back(json::object{{"type", "ByteFallback"}});
  steps.push_back(json::object{{"type", "Fuse"}});
  if (model.normalization.add_dummy_prefix && !model.space_is_suffix)
    steps.push_back(json::object{{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  json::object exact = {{"add_dummy_prefix", model.normalization.add_dummy_prefix},
                        {"remove_extra_whitespaces", model.normalization.remove_extra_whitespaces},
                        {"byte_fallback", model.byte_fallback},
                        {"unknown", model.pieces[model.unknown].text},
                        {"unknown_surface", model.unknown_surface},
                        {"control", texts_of(model, PieceType::kControl)}};
  if (!model.denormalization.charsmap.empty()) {
    json::object denormalizer = exact_normalization(model.denormalization);
    denormalizer["precompiled_charsmap"] = sdk::encode_base64(model.denormalization.charsmap);
    exact["denormalizer"] = std::move(denormalizer);
  }
  return {
      {"type", "Sequence"}, {"decoders", std::move(steps)}, {"sentencepiece", std::move(exact)}};
}

json::array added_tokens(const SentencePieceModel& model) {
  json::array tokens;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const SentencePiece& piece = model.pieces[id];
    const bool special = piece.type == PieceType::kControl || piece.type == PieceType::kUnknown;
    if (!special && piece.type != PieceType::kUserDefined) continue;
    json::object token = added_token_json(id, piece.text, special);
    token["sentencepiece"] = true;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

json::value model_json(const SentencePieceModel& model) {
  json::value exact = {{"control", ids_of(model, PieceType::kControl)},
                       {"user_defined", ids_of(model, PieceType::kUserDefined)},
                       {"unused", ids_of(model, PieceType::kUnused)}};
  if (model.kind == SentencePieceModel::Kind::kUnigram) {
    json::array pieces;
    for (const SentencePiece& piece : model.pieces)
      pieces.push_back(json::array{json::string(piece.text), piece.score});
    return {{"type", "Unigram"},
            {"unk_id", model.unknown},
            {"vocab", std::move(pieces)},
            {"byte_fallback", model.byte_fallback},
            {"sentencepiece", std::move(exact)}};
  }
  json::object ids;
  json::array scores;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    ids[model.pieces[id].text] = id;
    scores.push_back(model.pieces[id].score);
  }
  // A character model is one that never merges.
  if (model.kind == SentencePieceModel::Kind::kCharacter) scores.clear();
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", model.pieces[model.unknown].text},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", true},
          {"byte_fallback", model.byte_fallback},
          {"ignore_merges", false},
          {"vocab", std::move(ids)},
          {"scores", std::move(scores)},
          {"sentencepiece", std::move(exact)}};
}

SpecialToken control_piece(const SentencePieceModel& model, const std::string& text) {
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const SentencePiece& piece = model.pieces[id];
    if (piece.text == text && piece.type == PieceType::kControl) return {id, text};
  }
  throw TokenizerError("texts should have the token '" + text +
                       "' put around them, which the model lacks");
}

}  // namespace

std::string sentencepiece_to_json(const SentencePieceModel& model, BoundaryTokens boundary) {
  if (model.kind == SentencePieceModel::Kind::kWord)
    throw TokenizerError("a SentencePiece model of whole words is not supported");
  std::vector<SpecialToken> before, after;
  if (boundary.bos) before.push_back(control_piece(model, model.bos));
  if (boundary.eos) after.push_back(control_piece(model, model.eos));
  return json::serialize(tokenizer_json({.added_tokens = added_tokens(model),
                                         .normalizer = normalizer(model),
                                         .post_processor = template_json(before, after),
                                         .decoder = decoder(model),
                                         .model = model_json(model)}));
}

}  // namespace lmos::tokenizer
