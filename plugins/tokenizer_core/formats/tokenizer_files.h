// The files that tokenizers come in, all read as the tokenizer.json that says the same.
#pragma once

#include <filesystem>
#include <string>

namespace lmos::tokenizer {

// `path`: a file, told by its content and name, or a folder, of whose files the first is taken:
// tokenizer.json; a SentencePiece .model or .spm; a tiktoken file; vocab.json with merges.txt;
// vocab.txt. tokenizer_config.json beside the file is heeded, except with tokenizer.json, which
// says it all. Throws TokenizerError naming the file; OtherTokenizerKind where a folder has none of
// these files or a file is none of them.
std::string read_as_tokenizer_json(const std::filesystem::path& path);

}  // namespace lmos::tokenizer
