// Tokenizers of whatever kind a file is of, without the plugins around them.
#pragma once

#include <filesystem>
#include <string>

#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {

// As the host does it: each kind in turn. Throws OtherTokenizerKind where none reads the file.
Tokenizer open_json(const std::string& json);
Tokenizer open_file(const std::filesystem::path& path);

}  // namespace lmos::tokenizer
