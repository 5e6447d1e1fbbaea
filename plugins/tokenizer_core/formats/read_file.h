// Reading the files of a tokenizer.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {

// Throws TokenizerError where the file can't be read or is larger than 1 GiB, which no tokenizer's
// file is.
std::string read_file(const std::filesystem::path& file);

// Puts the file's name before the message of a TokenizerError that `read` throws.
template <typename Read>
auto naming(const std::filesystem::path& file, Read&& read) {
  try {
    return read();
  } catch (const OtherTokenizerKind& problem) {
    throw OtherTokenizerKind(file.string() + ": " + problem.what());
  } catch (const TokenizerError& problem) {
    throw TokenizerError(file.string() + ": " + problem.what());
  }
}

}  // namespace lmos::tokenizer
