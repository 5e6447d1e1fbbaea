#include "tokenizer_core/formats/tokenizer_files.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <vector>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/byte_pair_json.h"
#include "tokenizer_core/formats/read_file.h"
#include "tokenizer_core/formats/sentencepiece_json.h"
#include "tokenizer_core/formats/tiktoken_json.h"
#include "tokenizer_core/formats/word_piece_json.h"
#include "tokenizer_core/json/parse.h"

namespace lmos::tokenizer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileNames[] = {"tokenizer.json",      "tokenizer.model",
                                           "spiece.model",        "sentencepiece.bpe.model",
                                           "sentencepiece.model", "spm.model"};
constexpr std::string_view kExtensions[] = {".model", ".spm", ".tiktoken"};
constexpr std::string_view kLastFileNames[] = {"vocab.json", "vocab.txt"};

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

// In alphabetical order, so that the choice does not depend on the file system's.
std::vector<fs::path> files_with(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

fs::path find_file(const fs::path& folder) {
  for (const std::string_view name : kFileNames) {
    if (is_there(folder / name)) return folder / name;
  }
  for (const std::string_view extension : kExtensions) {
    const std::vector<fs::path> files = files_with(folder, extension);
    if (!files.empty()) return files.front();
  }
  for (const std::string_view name : kLastFileNames) {
    if (is_there(folder / name)) return folder / name;
  }
  throw OtherTokenizerKind(
      "the folder '" + folder.string() +
      "' holds no tokenizer: looked for tokenizer.json, *.model and *.spm (SentencePiece), "
      "*.tiktoken, vocab.json with merges.txt, and vocab.txt");
}

BoundaryTokens boundary_tokens(const TokenizerConfig& config) {
  const std::string& name = config.tokenizer_class;
  const bool llama = name.starts_with("Llama") || name.starts_with("CodeLlama");
  const bool eos = name.starts_with("T5") || name.starts_with("Marian") ||
                   name.starts_with("Pegasus") || name.starts_with("MT5");
  return {config.add_bos_token.value_or(llama), config.add_eos_token.value_or(eos)};
}

bool is_vocabulary(std::string_view json, const std::string& name) {
  const ParsedJson document(json, name);
  const boost::json::value* model = document.root().object().if_contains("model");
  return model == nullptr || !model->is_object();  // "model" may be a token
}

std::string convert(const fs::path& file, std::string bytes) {
  const std::string name = file.filename().string();
  const fs::path folder = file.parent_path();
  const std::string_view space = " \t\r\n";
  const size_t first = bytes.find_first_not_of(space);
  if (first != bytes.npos && bytes[first] == '{') {
    // A vocab.json is told by what it is called; looking into every JSON file would cost too much.
    if (name == "tokenizer.json" || !is_vocabulary(bytes, name)) return bytes;
    const fs::path merges = folder / "merges.txt";
    if (!is_there(merges))
      throw TokenizerError("a vocabulary of byte pairs needs merges.txt beside it");
    return byte_pair_to_json(bytes, read_file(merges), TokenizerConfig::read(folder));
  }
  if (file.extension() == ".json")
    throw TokenizerError("not valid JSON: it does not begin with '{'");
  if (looks_like_tiktoken(bytes))
    return tiktoken_to_json(read_tiktoken_ranks(bytes), name, TokenizerConfig::read(folder));
  if (file.extension() == ".txt") return word_piece_to_json(bytes, TokenizerConfig::read(folder));
  if (file.extension() == ".tiktoken") read_tiktoken_ranks(bytes);  // which says what is wrong
  if (bytes.starts_with('\n') || file.extension() == ".model" || file.extension() == ".spm")
    return sentencepiece_to_json(read_sentencepiece_model(bytes),
                                 boundary_tokens(TokenizerConfig::read(folder)));
  throw OtherTokenizerKind(
      "the file is neither a tokenizer.json, a SentencePiece model, a tiktoken file, a vocab.json "
      "nor a vocab.txt");
}

}  // namespace

std::string read_as_tokenizer_json(const fs::path& path) {
  std::error_code error;
  const fs::path file = fs::is_directory(path, error) ? find_file(path) : path;
  std::string bytes = read_file(file);
  return naming(file, [&] { return convert(file, std::move(bytes)); });
}

}  // namespace lmos::tokenizer
