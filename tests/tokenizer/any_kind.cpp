#include "tokenizer/any_kind.h"

#include "tokenizer_bpe/model/bpe_model.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_unigram/model/unigram_model.h"
#include "tokenizer_wordpiece/model/wordpiece_model.h"

namespace lmos::tokenizer {
namespace {

const ModelKind* const kKinds[] = {&BpeModel::kKind, &UnigramModel::kKind, &WordPieceModel::kKind};

template <typename Open>
Tokenizer open_any(Open&& open) {
  for (const ModelKind* kind : kKinds) {
    try {
      return open(*kind);
    } catch (const OtherTokenizerKind&) {
    }
  }
  throw OtherTokenizerKind("no kind of tokenizer reads the file");
}

}  // namespace

Tokenizer open_json(const std::string& json) {
  return open_any([&](const ModelKind& kind) { return Tokenizer::from_json(json, kind); });
}

Tokenizer open_file(const std::filesystem::path& path) {
  return open_any([&](const ModelKind& kind) { return Tokenizer::from_file(path, kind); });
}

}  // namespace lmos::tokenizer
