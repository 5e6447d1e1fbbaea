#include "tokenizer_bpe/model/bpe_model.h"

#include <utility>

#include "tokenizer_bpe/model/read_merges.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/model/piece_type.h"
#include "tokenizer_core/model/read_vocabulary.h"
#include "tokenizer_core/model/scored_merges.h"
#include "tokenizer_core/text/byte_alphabet.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr size_t kWordLimitBytes = UINT32_MAX;  // positions in words are uint32_t

}  // namespace

const ModelKind BpeModel::kKind = {
    .reads =
        [](const JsonCursor& model) {
          const std::optional<JsonCursor> type = model.find("type");
          // Files of old versions carry no type.
          return type ? type->string() == "BPE" : model.find("merges").has_value();
        },
    .make = [](const JsonCursor& model, bool byte_characters) -> std::unique_ptr<Model> {
      return std::make_unique<BpeModel>(model, byte_characters);
    },
    .takes_bytes = true};

BpeModel::BpeModel(const JsonCursor& json, bool byte_characters)
    : vocabulary_(read_vocabulary(json.at("vocab"))),
      byte_characters_(byte_characters),
      byte_fallback_(json.boolean_or("byte_fallback", false)),
      fuse_unknown_(json.boolean_or("fuse_unk", false)),
      ignore_merges_(json.boolean_or("ignore_merges", false)),
      prefix_(json.string_or("continuing_subword_prefix", "")),
      suffix_(json.string_or("end_of_word_suffix", "")) {
  const std::optional<JsonCursor> dropout = json.find("dropout");
  if (dropout && dropout->number() != 0) dropout->fail("dropout is not supported; set it to null");
  if (const std::optional<JsonCursor> unknown = json.find("unk_token")) {
    unknown_ = vocabulary_.find(unknown->string());
    if (unknown_ == kNoToken)
      unknown->fail("the token '" + std::string(unknown->string()) + "' is not in the vocabulary");
  }
  if (const std::optional<JsonCursor> types = json.find("sentencepiece")) read_types(*types);
  const std::vector<MergeRule> rules = has_scores(json)
                                           ? read_scored_merges(json, vocabulary_)
                                           : read_merges(json.at("merges"), vocabulary_, prefix_);
  merges_ = MergeTable(rules.size());
  for (const MergeRule& rule : rules) merges_.at(rule.left, rule.right) = {rule.rank, rule.merged};
  if (!ignore_merges_ && prefix_.empty() && suffix_.empty() && user_defined_.empty())
    seams_.emplace(vocabulary_, rules);
  tabulate_symbols();
  if (ignore_merges_) measure_tokens();
  if (byte_characters_ && prefix_.empty() && suffix_.empty() && user_defined_.empty())
    seeds_.emplace(vocabulary_, rules, merges_, byte_symbols());
}

void BpeModel::read_types(const JsonCursor& json) {
  sentencepiece_ = true;
  const std::vector<PieceType> types =
      read_piece_types(json, vocabulary_, unknown_, byte_fallback_);
  for (TokenId id = 0; id < types.size(); ++id) {
    if (types[id] == PieceType::kUserDefined) user_defined_.add(vocabulary_.token(id), id);
  }
}

void BpeModel::tabulate_symbols() {
  std::string spelled;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char ascii = static_cast<char>(byte);
    const std::string_view character =
        byte_characters_ ? byte_character(static_cast<uint8_t>(byte)) : std::string_view(&ascii, 1);
    for (unsigned position = 0; position < 4; ++position) {
      symbols_[byte][position] =
          byte_characters_ || byte < 0x80 ? find_symbol(character, position, spelled) : kNoToken;
    }
    constexpr char kDigits[] = "0123456789ABCDEF";
    const char name[] = {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
    fallback_bytes_[byte] = vocabulary_.find({name, sizeof name});
  }
}

std::array<TokenId, 256> BpeModel::byte_symbols() const {
  std::array<TokenId, 256> symbols;
  for (unsigned byte = 0; byte < 256; ++byte) symbols[byte] = symbols_[byte][kInside];
  return symbols;
}

// `spelled` receives the symbol's text.
TokenId BpeModel::find_symbol(std::string_view character, unsigned position,
                              std::string& spelled) const {
  spelled.clear();
  if ((position & kFirst) == 0) spelled.append(prefix_);
  spelled.append(character);
  if ((position & kLast) != 0) spelled.append(suffix_);
  return vocabulary_.find(spelled);
}

// Of the symbol that workspace.text spells.
bool BpeModel::append_fallback_bytes(BpeWorkspace& workspace) const {
  const size_t before = workspace.symbols.size();
  for (const char byte : workspace.text) {
    const TokenId id = fallback_bytes_[static_cast<uint8_t>(byte)];
    if (id == kNoToken) {
      workspace.symbols.resize(before);
      workspace.lengths.resize(before);
      return false;
    }
    workspace.symbols.push_back(id);
    workspace.lengths.push_back(1);
  }
  return true;
}

// The characters of `word` as symbols. Unknown ones are dropped where the model names no unknown
// token.
void BpeModel::append_symbols(std::string_view word, BpeWorkspace& workspace) const {
  const auto add = [&](TokenId id, size_t bytes) {
    workspace.symbols.push_back(id);
    workspace.lengths.push_back(static_cast<uint32_t>(bytes));
  };
  size_t unknown_bytes = 0;  // of an unknown token that waits to be added
  for (size_t begin = 0, end = 0; begin < word.size(); begin = end) {
    if (const TokenId seed = seeds_ ? seeds_->find(word, begin) : kNoToken; seed != kNoToken) {
      if (unknown_bytes > 0) add(unknown_, std::exchange(unknown_bytes, 0));
      end = begin + character_bytes(word[begin]);
      add(seed, end - begin);
      continue;
    }
    const size_t user_defined = user_defined_.longest_prefix(word.substr(begin));
    end = begin + (user_defined > 0   ? user_defined
                   : byte_characters_ ? 1
                                      : character_bytes(word[begin]));
    const auto byte = static_cast<uint8_t>(word[begin]);
    const unsigned position = (begin == 0 ? kFirst : 0u) | (end == word.size() ? kLast : 0u);
    TokenId id = user_defined > 0 ? kNoToken : symbols_[byte][position];
    if (id == kNoToken) {
      id = find_symbol(byte_characters_ ? byte_character(byte) : word.substr(begin, end - begin),
                       position, workspace.text);
    }
    if (id != kNoToken && !(sentencepiece_ && id == unknown_)) {
      if (unknown_bytes > 0) add(unknown_, unknown_bytes);
      unknown_bytes = 0;
      add(id, end - begin);
    } else if (!byte_fallback_ || !append_fallback_bytes(workspace)) {
      if (unknown_ == kNoToken) continue;
      if (unknown_bytes > 0 && !fuse_unknown_) add(unknown_, std::exchange(unknown_bytes, 0));
      unknown_bytes += end - begin;
    }
  }
  if (unknown_bytes > 0) add(unknown_, unknown_bytes);
}

void BpeModel::measure_tokens() {
  token_lengths_.emplace();
  std::string bytes;
  for (TokenId id = 0; id < vocabulary_.largest_id_plus_one(); ++id) {
    if (!vocabulary_.contains(id)) continue;
    bytes.clear();
    if (!byte_characters_) {
      token_lengths_->add(vocabulary_.token(id));
    } else if (append_bytes_of_characters(bytes, vocabulary_.token(id))) {
      token_lengths_->add(bytes);
    }
  }
}

// The token that is all of `word`; `spelled` is working memory.
TokenId BpeModel::find_whole(std::string_view word, std::string& spelled) const {
  if (!token_lengths_->may_hold(word)) return kNoToken;
  if (!byte_characters_) return vocabulary_.find(word);
  spelled.clear();
  append_byte_characters(spelled, word);
  return vocabulary_.find(spelled);
}

void BpeModel::compute(std::string_view word, BpeWorkspace& workspace, std::vector<TokenId>& ids,
                       std::vector<ByteRange>* ranges) const {
  if (ignore_merges_) {
    const TokenId id = find_whole(word, workspace.text);
    if (id != kNoToken) {
      if (ranges != nullptr) ranges->push_back({0, static_cast<uint32_t>(word.size())});
      return ids.push_back(id);
    }
  }
  workspace.symbols.clear();
  workspace.lengths.clear();
  append_symbols(word, workspace);
  const size_t count = workspace.merger.merge(merges_, workspace.symbols, workspace.lengths);
  ids.insert(ids.end(), workspace.symbols.begin(), workspace.symbols.begin() + count);
  if (ranges == nullptr) return;
  uint32_t begin = 0;
  for (size_t i = 0; i < count; begin += workspace.lengths[i++])
    ranges->push_back({begin, begin + workspace.lengths[i]});
}

void BpeModel::encode_cached(std::string_view word, BpeWorkspace& workspace,
                             std::vector<TokenId>& ids) const {
  if (const WordCache::Entry* known = workspace.cache.find(word)) {
    ids.insert(ids.end(), known->tokens().begin(), known->tokens().end());
    return;
  }
  const size_t before = ids.size();
  compute(word, workspace, ids, nullptr);
  workspace.cache.keep(word, std::span(ids).subspan(before));
}

void BpeModel::encode_parts(std::string_view word, BpeWorkspace& workspace,
                            std::vector<TokenId>& ids) const {
  size_t part = 0;
  TokenId previous = kNoToken;
  for (size_t begin = 0, end = 0; begin < word.size(); begin = end) {
    end = begin + (byte_characters_ ? 1 : character_bytes(word[begin]));
    TokenId id = symbols_[static_cast<uint8_t>(word[begin])][kInside];
    if (id == kNoToken && !byte_characters_) id = vocabulary_.find(word.substr(begin, end - begin));
    if (previous != kNoToken && id != kNoToken && seams_->closed(previous, id)) {
      encode_cached(word.substr(part, begin - part), workspace, ids);
      part = begin;
    }
    previous = id;
  }
  encode_cached(word.substr(part), workspace, ids);
}

void BpeModel::encode_word(std::string_view word, BpeWorkspace& workspace,
                           std::vector<TokenId>& ids) const {
  if (WordCache::fits(word) || !seams_) return encode_cached(word, workspace, ids);
  encode_parts(word, workspace, ids);
}

std::unique_ptr<ModelWorkspace> BpeModel::make_workspace() const {
  return std::make_unique<BpeWorkspace>();
}

void BpeModel::encode(std::string_view word, ModelWorkspace& workspace, std::vector<TokenId>& ids,
                      std::vector<ByteRange>* ranges) const {
  if (word.size() > kWordLimitBytes)
    throw TokenizerError("a word of more than 4 GiB can't be encoded; cut the text");
  auto& own = static_cast<BpeWorkspace&>(workspace);
  if (ranges == nullptr) return encode_word(word, own, ids);
  compute(word, own, ids, ranges);
}

}  // namespace lmos::tokenizer
