#include "tokenizer_unigram/model/unigram_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/byte_piece.h"
#include "tokenizer_core/model/piece_type.h"
#include "tokenizer_core/model/word_cache.h"
#include "tokenizer_unigram/model/viterbi.h"

namespace lmos::tokenizer {
namespace {

constexpr double kUnknownPenalty = 10;

// `pieces`: a list of [piece, score]; the ids count from 0.
Vocabulary read_pieces(const JsonCursor& pieces, std::vector<double>& scores) {
  const size_t count = pieces.size();
  Vocabulary vocabulary(count, static_cast<TokenId>(std::min<size_t>(count, INT32_MAX)));
  for (size_t id = 0; id < count; ++id) {
    const JsonCursor entry = pieces[id];
    if (entry.size() != 2) entry.fail("expected a piece and its score");
    const std::string_view piece = entry[0].string();
    if (piece.empty()) entry[0].fail("a piece is empty");
    if (!vocabulary.add(piece, static_cast<TokenId>(id)))
      entry[0].fail("the piece '" + std::string(piece) + "' is given twice");
    scores.push_back(entry[1].number());
    if (!std::isfinite(scores.back())) entry[1].fail("a score is not a finite number");
  }
  return vocabulary;
}

TokenId read_unknown(const JsonCursor& json, size_t pieces) {
  const std::optional<JsonCursor> unknown = json.find("unk_id");
  if (!unknown) return kNoToken;
  const uint64_t id = unknown->unsigned_integer();
  if (id >= pieces) unknown->fail("id " + std::to_string(id) + " is not in the vocabulary");
  return static_cast<TokenId>(id);
}

// SentencePiece sums the scores of all the text in single precision, so that a choice between
// nearly equal ones may depend on what stands before. The note of a remembered word is by how much
// its choices are clear.
using ClearWordCache = NotedWordCache<float>;

// A word that fits the cache has fewer pieces than bytes, and its sum is no further than that from
// the one before it.
constexpr float kLargestWordSum = 1000;
// Where no sum has begun anew (viterbi.h).
constexpr float kLargestSumBefore = 50'000;

// How far rounding can move the sums of two segmentations of a remembered word apart, after `sum`.
float rounding(float sum) {
  return ClearWordCache::kWordBytes * (std::abs(sum) + kLargestWordSum) *
         std::numeric_limits<float>::epsilon();
}

constexpr std::string_view kWordBegin = "\xE2\x96\x81";  // U+2581

}  // namespace

struct UnigramWorkspace final : ModelWorkspace {
  WordCache cache;
  Viterbi<double> viterbi;
  ClearWordCache sentencepiece_cache;
  Viterbi<float> sentencepiece_viterbi;
};

const ModelKind UnigramModel::kKind = {
    .reads =
        [](const JsonCursor& model) {
          const std::optional<JsonCursor> type = model.find("type");
          // Files of old versions carry no type.
          return type ? type->string() == "Unigram" : model.find("unk_id").has_value();
        },
    .make = [](const JsonCursor& model, bool) -> std::unique_ptr<Model> {
      return std::make_unique<UnigramModel>(model);
    }};

UnigramModel::UnigramModel(const JsonCursor& json) : UnigramModel(json, {}) {}

UnigramModel::UnigramModel(const JsonCursor& json, std::vector<double> scores)
    : vocabulary_(read_pieces(json.at("vocab"), scores)),
      sentencepiece_(json.find("sentencepiece").has_value()),
      unknown_(read_unknown(json, scores.size())),
      byte_fallback_(json.boolean_or("byte_fallback", false)) {
  for (int byte = 0; byte < 256; ++byte)
    bytes_[byte] = vocabulary_.find(byte_piece(static_cast<uint8_t>(byte)));
  std::vector<PieceType> types(scores.size(), PieceType::kNormal);
  if (sentencepiece_)
    types = read_piece_types(json.at("sentencepiece"), vocabulary_, unknown_, byte_fallback_);

  double lowest = std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<float>::min();  // so SentencePiece begins
  for (size_t id = 0; id < scores.size(); ++id) {
    if (types[id] != PieceType::kNormal) continue;
    lowest = std::min(lowest, scores[id]);
    highest = std::max(highest, scores[id]);
  }
  unknown_score_ = lowest - kUnknownPenalty;
  if (sentencepiece_) unknown_score_ = static_cast<float>(unknown_score_);

  words_apart_ = sentencepiece_;
  std::vector<PieceTrie::Entry> entries;
  for (TokenId id = 0; id < scores.size(); ++id) {
    const std::string_view piece = vocabulary_.token(id);
    if (types[id] == PieceType::kNormal) {
      entries.push_back({piece, scores[id], id});
    } else if (types[id] == PieceType::kUserDefined) {
      // So that no other segmentation is better.
      scores[id] = static_cast<double>(piece.size()) * highest - 0.1;
      entries.push_back({piece, scores[id], id});
    } else {
      continue;
    }
    if (piece.find(kWordBegin, 1) != piece.npos) words_apart_ = false;
  }
  if (words_apart_) scores_ = std::move(scores);
  pieces_ = std::make_unique<PieceTrie>(std::move(entries));
}

std::unique_ptr<ModelWorkspace> UnigramModel::make_workspace() const {
  return std::make_unique<UnigramWorkspace>();
}

// Turns pieces into ids; what is unknown in a row becomes one id, or its bytes.
class UnigramModel::Emitter {
 public:
  Emitter(const UnigramModel& model, std::string_view word, std::vector<TokenId>& ids,
          std::vector<ByteRange>* ranges)
      : model_(model), word_(word), ids_(ids), ranges_(ranges) {}

  void piece(size_t begin, size_t end, TokenId id) {
    if (id == kNoToken || id == model_.unknown_) {
      if (unknown_begin_ == unknown_end_) unknown_begin_ = begin;
      unknown_end_ = end;
      return;
    }
    finish();
    emit(id, begin, end);
  }

  void known(std::span<const TokenId> ids) {
    finish();
    ids_.insert(ids_.end(), ids.begin(), ids.end());
  }

  void finish() {
    if (unknown_begin_ == unknown_end_) return;
    const std::string_view text = word_.substr(unknown_begin_, unknown_end_ - unknown_begin_);
    // Together they may be a piece again, as Hugging Face looks them up.
    const TokenId whole = model_.sentencepiece_ ? kNoToken : model_.vocabulary_.find(text);
    if (whole != kNoToken) {
      emit(whole, unknown_begin_, unknown_end_);
    } else if (model_.byte_fallback_ && model_.has_bytes(text)) {
      for (const char byte : text)
        emit(model_.bytes_[static_cast<uint8_t>(byte)], unknown_begin_, unknown_end_);
    } else if (model_.unknown_ != kNoToken) {
      emit(model_.unknown_, unknown_begin_, unknown_end_);
    } else {
      throw TokenizerError("'" + std::string(text) +
                           "' can't be encoded: the vocabulary has neither pieces for it nor an "
                           "unknown piece (model.unk_id)");
    }
    unknown_begin_ = unknown_end_ = 0;
  }

 private:
  void emit(TokenId id, size_t begin, size_t end) {
    ids_.push_back(id);
    if (ranges_ != nullptr)
      ranges_->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
  }

  const UnigramModel& model_;
  std::string_view word_;
  std::vector<TokenId>& ids_;
  std::vector<ByteRange>* ranges_;
  size_t unknown_begin_ = 0, unknown_end_ = 0;
};

bool UnigramModel::has_bytes(std::string_view text) const {
  return std::all_of(text.begin(), text.end(),
                     [&](char byte) { return bytes_[static_cast<uint8_t>(byte)] != kNoToken; });
}

// Words meet where none of their pieces reaches over: each can be segmented, and remembered, alone.
void UnigramModel::encode_words(std::string_view text, UnigramWorkspace& workspace,
                                Emitter& emitter) const {
  float sum = 0;
  std::vector<TokenId> ids;
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    end = std::min(text.find(kWordBegin, begin + 1), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const ClearWordCache::Entry* const known = workspace.sentencepiece_cache.find(word);
    if (known != nullptr && known->note > rounding(sum) && std::abs(sum) < kLargestSumBefore) {
      for (const TokenId id : known->tokens()) sum = static_cast<float>(scores_[id] + sum);
      emitter.known(known->tokens());
      continue;
    }
    ids.clear();
    const float before = sum;
    const float margin = workspace.sentencepiece_viterbi.segment(
        *pieces_, word, unknown_score_, sum, [&](size_t from, size_t to, TokenId id) {
          ids.push_back(id);
          emitter.piece(begin + from, begin + to, id);
        });
    const bool has_unknown = std::any_of(
        ids.begin(), ids.end(), [&](TokenId id) { return id == kNoToken || id == unknown_; });
    if (!has_unknown && std::abs(sum - before) < kLargestWordSum)
      workspace.sentencepiece_cache.keep(word, ids, margin - rounding(before));
  }
}

void UnigramModel::encode(std::string_view word, ModelWorkspace& workspace,
                          std::vector<TokenId>& ids, std::vector<ByteRange>* ranges) const {
  auto& working = static_cast<UnigramWorkspace&>(workspace);
  const WordCache::Entry* const known = ranges == nullptr ? working.cache.find(word) : nullptr;
  if (known != nullptr) {
    ids.insert(ids.end(), known->tokens().begin(), known->tokens().end());
    return;
  }
  const size_t before = ids.size();
  Emitter emitter(*this, word, ids, ranges);
  const auto visit = [&](size_t begin, size_t end, TokenId id) { emitter.piece(begin, end, id); };
  if (words_apart_ && ranges == nullptr) {
    encode_words(word, working, emitter);
  } else if (sentencepiece_) {
    float sum = 0;
    working.sentencepiece_viterbi.segment(*pieces_, word, unknown_score_, sum, visit);
  } else {
    double sum = 0;
    working.viterbi.segment(*pieces_, word, unknown_score_, sum, visit);
  }
  emitter.finish();
  working.cache.keep(word, std::span(ids).subspan(before));
}

}  // namespace lmos::tokenizer
