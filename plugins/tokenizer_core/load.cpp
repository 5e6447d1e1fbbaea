// Making a tokenizer from its file.
#include "tokenizer_core/decode/read_decoder.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/read_file.h"
#include "tokenizer_core/formats/tokenizer_files.h"
#include "tokenizer_core/json/parse.h"
#include "tokenizer_core/model/scored_merges.h"
#include "tokenizer_core/tokenizer_state.h"

namespace lmos::tokenizer {
namespace {

std::unique_ptr<Normalizer> read_normalizer_if_any(const JsonCursor& root) {
  const std::optional<JsonCursor> json = root.find("normalizer");
  return json ? read_normalizer(*json) : nullptr;
}

}  // namespace

Tokenizer::State::State(const JsonCursor& root, const ModelKind& kind)
    : lacks_merges(has_scores(root.at("model")) && !root.at("model").find("merges")),
      normalizer(read_normalizer_if_any(root)),
      words(root.find("pre_tokenizer"), kind.takes_bytes),
      model(kind.make(root.at("model"), words.ends_in_bytes())),
      added(root.find("added_tokens"), model->vocabulary(), normalizer.get()),
      decoder(read_decoder(root.find("decoder"))),
      truncation(read_truncation(root.find("truncation"))),
      padding(read_padding(root.find("padding"))),
      workspaces(*model) {
  const Vocabulary& vocabulary = model->vocabulary();
  TokenId size = vocabulary.largest_id_plus_one();
  for (const AddedToken& token : added.tokens()) size = std::max(size, token.id + 1);
  tokens.resize(size);
  present.resize(size);
  is_special.resize(size);
  takes_space.resize(size);
  for (TokenId id = 0; id < vocabulary.largest_id_plus_one(); ++id) {
    if (!vocabulary.contains(id)) continue;
    tokens[id] = vocabulary.token(id);
    present[id] = true;
  }
  for (const AddedToken& token : added.tokens()) {
    tokens[token.id] = token.text;
    present[token.id] = true;
    is_special[token.id] = token.special;
    takes_space[token.id] = token.lstrip || token.rstrip;
  }
  post_processor.emplace(
      root.find("post_processor"), [this](TokenId id) { return token(id); },
      [this](TokenId id) { return id < takes_space.size() && takes_space[id]; });
}

Tokenizer Tokenizer::from_json(std::string json, const ModelKind& kind) {
  const ParsedJson document(json);
  const JsonCursor root = document.root();
  // The model first: what another plugin should read is not this plugin's to complain about.
  if (!kind.reads(root.at("model")))
    throw OtherTokenizerKind("tokenizer.json: its model is of another kind");
  auto state = std::make_unique<State>(root, kind);
  state->json = std::move(json);
  return Tokenizer(std::move(state));
}

Tokenizer Tokenizer::from_file(const std::filesystem::path& path, const ModelKind& kind) {
  std::string json = read_as_tokenizer_json(path);
  return naming(path, [&] { return from_json(std::move(json), kind); });
}

}  // namespace lmos::tokenizer
