#include "tokenizer_core/tokenizer.h"

#include <algorithm>

#include "tokenizer_core/encoding/text_encoder.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/model/scored_merges.h"
#include "tokenizer_core/text/utf8.h"
#include "tokenizer_core/tokenizer_state.h"

namespace lmos::tokenizer {
namespace {

void require_utf8(std::string_view text) {
  if (const size_t invalid = find_invalid_utf8(text); invalid != text.npos)
    throw TokenizerError("the text is not valid UTF-8 at byte " + std::to_string(invalid));
}

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

void Tokenizer::encode(std::string_view text, bool add_special, std::vector<TokenId>& ids) const {
  require_utf8(text);
  if (!add_special) return encode_ids(*state_, text, ids);
  state_->post_processor->place_single(
      [&](const std::vector<TokenId>& special) {
        ids.insert(ids.end(), special.begin(), special.end());
      },
      [&] { encode_ids(*state_, text, ids); });
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool add_special) const {
  std::vector<TokenId> ids;
  encode(text, add_special, ids);
  return ids;
}

Windows Tokenizer::encode(std::string_view first, std::optional<std::string_view> second,
                          bool add_special, const std::optional<Truncation>& truncation) const {
  std::vector<Windows> texts;
  const auto add = [&](std::string_view text) {
    require_utf8(text);
    if (text.size() > UINT32_MAX)
      throw TokenizerError("a text of more than 4 GiB has no offsets; cut it");
    texts.push_back({encode_text(*state_, text, static_cast<int32_t>(texts.size()))});
  };
  add(first);
  if (second) add(*second);
  const PostProcessor& post_processor = *state_->post_processor;
  if (truncation) {
    truncate(texts, *truncation, add_special ? post_processor.special_tokens(texts.size()) : 0);
  }
  std::vector<std::string_view> originals = {first};
  if (second) originals.push_back(*second);
  return post_processor.process(std::move(texts), add_special, originals);
}

const std::optional<Truncation>& Tokenizer::truncation() const { return state_->truncation; }
const std::optional<Padding>& Tokenizer::padding() const { return state_->padding; }

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
  return state_->model->vocabulary().find(token);
}

std::string_view Tokenizer::id_to_token(TokenId id) const { return state_->token(id); }

std::string Tokenizer::json() const {
  return state_->lacks_merges ? with_merges(state_->json) : state_->json;
}

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

}  // namespace lmos::tokenizer
