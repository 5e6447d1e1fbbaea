// Making a tokenizer from its file.
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <fstream>

#include "tokenizer_core/decode/read_decoder.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/tokenizer_state.h"

namespace lmos::tokenizer {
namespace {

constexpr size_t kNestingLimit = 64;
constexpr uintmax_t kFileLimitBytes = 1 << 30;
constexpr std::string_view kJsonSpace = " \t\r\n";

boost::json::value parse(std::string_view text, boost::json::storage_ptr storage) {
  if (!text.substr(std::min(text.size(), text.find_first_not_of(kJsonSpace))).starts_with('{'))
    throw OtherTokenizerKind("the file is no tokenizer.json: it does not begin with '{'");
  boost::json::parse_options options;
  options.max_depth = kNestingLimit;
  boost::json::parser parser(storage, options);
  boost::json::error_code error;
  const size_t read = parser.write_some(text.data(), text.size(), error);
  if (error) {
    throw TokenizerError("tokenizer.json: not valid JSON at byte " + std::to_string(read) + ": " +
                         error.message());
  }
  if (const size_t rest = text.find_first_not_of(kJsonSpace, read); rest != text.npos) {
    throw TokenizerError("tokenizer.json: more text after the document at byte " +
                         std::to_string(rest));
  }
  return parser.release();
}

std::unique_ptr<Normalizer> read_normalizer_if_any(const JsonCursor& root) {
  const std::optional<JsonCursor> json = root.find("normalizer");
  return json ? read_normalizer(*json) : nullptr;
}

}  // namespace

Tokenizer::State::State(const JsonCursor& root, const ModelKind& kind)
    : normalizer(read_normalizer_if_any(root)),
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
  for (TokenId id = 0; id < vocabulary.largest_id_plus_one(); ++id) {
    if (!vocabulary.contains(id)) continue;
    tokens[id] = vocabulary.token(id);
    present[id] = true;
  }
  for (const AddedToken& token : added.tokens()) {
    tokens[token.id] = token.text;
    present[token.id] = true;
    is_special[token.id] = token.special;
  }
  post_processor.emplace(root.find("post_processor"), [this](TokenId id) { return token(id); });
}

Tokenizer Tokenizer::from_json(std::string json, const ModelKind& kind) {
  boost::json::monotonic_resource memory;
  const boost::json::value document = parse(json, &memory);
  const JsonCursor root(document, "");
  // The model first: what another plugin should read is not this plugin's to complain about.
  if (!kind.reads(root.at("model")))
    throw OtherTokenizerKind("tokenizer.json: its model is of another kind");
  auto state = std::make_unique<State>(root, kind);
  state->json = std::move(json);
  return Tokenizer(std::move(state));
}

Tokenizer Tokenizer::from_file(const std::filesystem::path& path, const ModelKind& kind) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  const std::filesystem::path file = is_folder ? path / "tokenizer.json" : path;
  if (is_folder && !std::filesystem::exists(file, error))
    throw OtherTokenizerKind("the folder '" + path.string() + "' holds no tokenizer.json");
  std::ifstream stream(file, std::ios::binary);
  std::string json;
  const uintmax_t bytes = stream ? std::filesystem::file_size(file, error) : 0;
  if (bytes > kFileLimitBytes && !error)
    throw TokenizerError("'" + file.string() +
                         "' is larger than 1 GiB, which no tokenizer.json is");
  if (stream && !error) {
    json.resize(bytes);
    stream.read(json.data(), static_cast<std::streamsize>(bytes));
  }
  if (!stream || error) throw TokenizerError("can't read '" + file.string() + "'");
  try {
    return from_json(std::move(json), kind);
  } catch (const OtherTokenizerKind& problem) {
    throw OtherTokenizerKind(file.string() + ": " + problem.what());
  } catch (const TokenizerError& problem) {
    throw TokenizerError(file.string() + ": " + problem.what());
  }
}

}  // namespace lmos::tokenizer
