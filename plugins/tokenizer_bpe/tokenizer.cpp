#include "tokenizer_bpe/tokenizer.h"

#include <algorithm>

#include "tokenizer_bpe/errors.h"
#include "tokenizer_bpe/text/utf8.h"
#include "tokenizer_bpe/tokenizer_state.h"

namespace lmos::bpe {
namespace {

// The way of one text through the tokenizer: added tokens, then normalizer, added tokens again,
// words, model.
class Encoding final : public AddedTokenSink {
 public:
  Encoding(const Tokenizer::State& state, BpeWorkspace& workspace, std::vector<TokenId>& ids)
      : state_(state), normalized_(state, workspace, ids), ids_(ids) {}

  void text_between(std::string_view text, bool begins_text) override {
    normalized_.begins_text = begins_text;
    if (state_.normalizer == nullptr) return normalized_.run(text);
    std::string normal(text);
    state_.normalizer->apply(normal);
    normalized_.run(normal);
  }

  void added_token(TokenId id) override { ids_.push_back(id); }

 private:
  struct Normalized final : public AddedTokenSink, public PieceSink {
    Normalized(const Tokenizer::State& state, BpeWorkspace& workspace, std::vector<TokenId>& ids)
        : state(state), workspace(workspace), ids(ids) {}

    void run(std::string_view text) {
      state.added.split(text, AddedTokens::Set::kInNormalized, *this);
    }
    void text_between(std::string_view text, bool begins) override {
      state.words.split({text, begins && begins_text}, *this);
    }
    void added_token(TokenId id) override { ids.push_back(id); }
    void piece(Piece word) override { state.model.encode_word(word.text, workspace, ids); }

    const Tokenizer::State& state;
    BpeWorkspace& workspace;
    std::vector<TokenId>& ids;
    bool begins_text = true;
  };

  const Tokenizer::State& state_;
  Normalized normalized_;
  std::vector<TokenId>& ids_;
};

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

void Tokenizer::encode(std::string_view text, bool add_special, std::vector<TokenId>& ids) const {
  if (const size_t invalid = find_invalid_utf8(text); invalid != text.npos)
    throw TokenizerError("the text is not valid UTF-8 at byte " + std::to_string(invalid));
  const PostProcessor& special = state_->special;
  if (add_special) ids.insert(ids.end(), special.before.begin(), special.before.end());
  {
    const WorkspacePool::Lease workspace(state_->workspaces);
    Encoding encoding(*state_, *workspace, ids);
    state_->added.split(text, AddedTokens::Set::kInOriginal, encoding);
  }
  if (add_special) ids.insert(ids.end(), special.after.begin(), special.after.end());
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool add_special) const {
  std::vector<TokenId> ids;
  encode(text, add_special, ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string text;
  DecodeStream stream(*this, skip_special);
  for (const TokenId id : ids) stream.push(id, text);
  stream.finish(text);
  return text;
}

TokenId Tokenizer::vocab_size() const { return static_cast<TokenId>(state_->tokens.size()); }

TokenId Tokenizer::token_to_id(std::string_view token) const {
  for (const AddedToken& added : state_->added.tokens()) {
    if (added.content == token) return added.id;
  }
  return state_->model.vocabulary().find(token);
}

std::string_view Tokenizer::id_to_token(TokenId id) const {
  return id < vocab_size() ? state_->tokens[id] : std::string_view();
}

const std::string& Tokenizer::json() const { return state_->json; }

class DecodeStream::Output : public DecodeStage {
 public:
  void push(Fragment fragment) override { text->append(fragment.text); }
  void finish() override {}

  std::string* text = nullptr;  // of the call that is under way
};

DecodeStream::DecodeStream(const Tokenizer& tokenizer, bool skip_special)
    : tokenizer_(tokenizer), skip_special_(skip_special), output_(std::make_unique<Output>()) {
  const std::vector<DecodeStageFactory>& factories = tokenizer.state_->decoder;
  for (auto factory = factories.rbegin(); factory != factories.rend(); ++factory)
    stages_.push_back((*factory)(stages_.empty() ? *output_ : *stages_.back()));
}

DecodeStream::~DecodeStream() = default;

void DecodeStream::push(TokenId id, std::string& text) {
  const Tokenizer::State& state = *tokenizer_.state_;
  if (id >= state.tokens.size()) {
    throw TokenizerError("token id " + std::to_string(id) +
                         " is out of range; the vocabulary has " +
                         std::to_string(state.tokens.size()) + " ids");
  }
  if (!state.present[id] || (skip_special_ && state.is_special[id])) return;
  output_->text = &text;
  DecodeStage& first = stages_.empty() ? *output_ : *stages_.back();
  first.push({state.tokens[id], true, true});
}

void DecodeStream::finish(std::string& text) {
  output_->text = &text;
  DecodeStage& first = stages_.empty() ? *output_ : *stages_.back();
  first.finish();
}

}  // namespace lmos::bpe
