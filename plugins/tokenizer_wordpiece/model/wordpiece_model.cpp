#include "tokenizer_wordpiece/model/wordpiece_model.h"

#include "tokenizer_core/errors.h"
#include "tokenizer_core/model/read_vocabulary.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

bool is_longer(std::string_view word, uint64_t characters) {
  if (word.size() <= characters) return false;
  uint64_t count = 0;
  for (size_t i = 0; i < word.size(); i += character_bytes(word[i])) ++count;
  return count > characters;
}

uint64_t read_longest_word(const JsonCursor& json) {
  constexpr uint64_t kUsual = 100;
  const std::optional<JsonCursor> limit = json.find("max_input_chars_per_word");
  return limit ? limit->unsigned_integer() : kUsual;
}

}  // namespace

const ModelKind WordPieceModel::kKind = {
    .reads =
        [](const JsonCursor& model) {
          const std::optional<JsonCursor> type = model.find("type");
          // Files of old versions carry no type.
          return type ? type->string() == "WordPiece"
                      : model.find("continuing_subword_prefix").has_value() &&
                            !model.find("merges").has_value();
        },
    .make = [](const JsonCursor& model, bool) -> std::unique_ptr<Model> {
      return std::make_unique<WordPieceModel>(model);
    }};

WordPieceModel::WordPieceModel(const JsonCursor& json)
    : vocabulary_(read_vocabulary(json.at("vocab"))),
      trie_(vocabulary_),
      continuing_(
          trie_.descend(SubwordTrie::kRoot, json.string_or("continuing_subword_prefix", "##"))),
      unknown_token_(json.string_or("unk_token", "[UNK]")),
      unknown_(vocabulary_.find(unknown_token_)),
      longest_word_(read_longest_word(json)) {}

std::unique_ptr<ModelWorkspace> WordPieceModel::make_workspace() const {
  return std::make_unique<ModelWorkspace>();
}

bool WordPieceModel::cut(std::string_view word, std::vector<TokenId>& ids,
                         std::vector<ByteRange>* ranges) const {
  for (size_t begin = 0; begin < word.size();) {
    const SubwordTrie::Node from = begin == 0 ? SubwordTrie::kRoot : continuing_;
    const SubwordTrie::Found found = trie_.longest(from, word.substr(begin));
    if (found.id == kNoToken) return false;
    ids.push_back(found.id);
    const size_t end = begin + found.bytes;
    if (ranges != nullptr)
      ranges->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    begin = end;
  }
  return true;
}

void WordPieceModel::encode(std::string_view word, ModelWorkspace&, std::vector<TokenId>& ids,
                            std::vector<ByteRange>* ranges) const {
  const size_t ids_before = ids.size();
  const size_t ranges_before = ranges == nullptr ? 0 : ranges->size();
  if (!is_longer(word, longest_word_) && cut(word, ids, ranges)) return;
  if (unknown_ == kNoToken) {
    throw TokenizerError("model.unk_token: the token '" + unknown_token_ +
                         "', which a word of the text needs, is not in the vocabulary");
  }
  ids.resize(ids_before);
  ids.push_back(unknown_);
  if (ranges == nullptr) return;
  ranges->resize(ranges_before);
  ranges->push_back({0, static_cast<uint32_t>(word.size())});
}

}  // namespace lmos::tokenizer
