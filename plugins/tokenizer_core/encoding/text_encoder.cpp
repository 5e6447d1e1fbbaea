#include "tokenizer_core/encoding/text_encoder.h"

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

// What is collected of the tokens; ranges and words only where the pieces have origins.
struct Tokens {
  std::vector<TokenId>& ids;
  std::vector<ByteRange> ranges;
  std::vector<int32_t> words;
};

class Walk final : public AddedTokenSink {
 public:
  Walk(const Tokenizer::State& state, ModelWorkspace& workspace, Tokens& tokens)
      : state_(state), normalized_(state, workspace, tokens) {}

  void text_between(Piece text) override {
    if (state_.normalizer == nullptr) return normalized_.run(text);
    AlignedText normal(text);
    state_.normalizer->apply(normal);
    normalized_.run(normal.piece());
  }

  void added_token(TokenId id, Piece text) override { normalized_.added_token(id, text); }

 private:
  struct Normalized final : public AddedTokenSink, public PieceSink {
    Normalized(const Tokenizer::State& state, ModelWorkspace& workspace, Tokens& tokens)
        : state(state), workspace(workspace), tokens(tokens) {}

    void run(Piece text) { state.added.split(text, AddedTokens::Set::kInNormalized, *this); }

    void text_between(Piece text) override { state.words.split(text, *this); }

    void added_token(TokenId id, Piece text) override {
      tokens.ids.push_back(id);
      if (text.origins == nullptr) return;
      const auto size = static_cast<uint32_t>(text.text.size());
      tokens.ranges.push_back(in_original(text, {0, size}));
      tokens.words.push_back(word++);
    }

    void piece(Piece text) override {
      if (text.origins == nullptr)
        return state.model->encode(text.text, workspace, tokens.ids, nullptr);
      size_t token = tokens.ranges.size();
      state.model->encode(text.text, workspace, tokens.ids, &tokens.ranges);
      for (; token < tokens.ranges.size(); ++token)
        tokens.ranges[token] = in_original(text, tokens.ranges[token]);
      tokens.words.resize(tokens.ranges.size(), word++);
    }

    static ByteRange in_original(Piece text, ByteRange range) {
      if (range.begin >= range.end || range.end > text.text.size()) {
        const uint32_t begin = text.text.empty() ? 0 : text.origins[0].begin;
        return {begin + range.begin, begin + range.end};
      }
      return {text.origins[range.begin].begin, text.origins[range.end - 1].end};
    }

    const Tokenizer::State& state;
    ModelWorkspace& workspace;
    Tokens& tokens;
    int32_t word = 0;
  };

  const Tokenizer::State& state_;
  Normalized normalized_;
};

void walk(const Tokenizer::State& state, Piece text, Tokens& tokens) {
  const WorkspacePool::Lease workspace(state.workspaces);
  Walk walk(state, *workspace, tokens);
  state.added.split(text, AddedTokens::Set::kInOriginal, walk);
}

// Each byte comes from the whole of its character.
std::vector<ByteRange> character_origins(std::string_view text) {
  std::vector<ByteRange> origins;
  origins.reserve(text.size());
  for (size_t begin = 0; begin < text.size();) {
    const size_t bytes = character_bytes(text[begin]);
    const ByteRange origin = {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + bytes)};
    origins.insert(origins.end(), bytes, origin);
    begin += bytes;
  }
  return origins;
}

}  // namespace

void encode_ids(const Tokenizer::State& state, std::string_view text, std::vector<TokenId>& ids) {
  Tokens tokens{ids, {}, {}};
  walk(state, {.text = text}, tokens);
}

Encoding encode_text(const Tokenizer::State& state, std::string_view text, int32_t index) {
  const std::vector<ByteRange> origins = character_origins(text);
  Encoding encoding;
  Tokens tokens{encoding.ids, {}, {}};
  if (!text.empty()) walk(state, {.text = text, .origins = origins.data()}, tokens);
  encoding.offsets = std::move(tokens.ranges);
  encoding.words = std::move(tokens.words);
  encoding.type_ids.assign(encoding.size(), index);
  encoding.texts.assign(encoding.size(), index);
  encoding.special.assign(encoding.size(), 0);
  return encoding;
}

}  // namespace lmos::tokenizer
