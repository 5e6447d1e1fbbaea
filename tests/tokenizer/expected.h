// What Hugging Face tokenizers made of the texts of the test data.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// The folder that LLMASOS_TEST_DATA names; none where it is unset or not there.
std::optional<std::filesystem::path> test_data_folder();

struct ExpectedText {
  std::string text;
  std::vector<TokenId> ids;                            // without special tokens
  std::vector<TokenId> ids_special;                    // with them
  std::vector<std::pair<uint64_t, uint64_t>> offsets;  // of ids, in code points
  std::string decoded, decoded_skip;                   // of ids
};

// From a gzip file of JSON lines. Those of SentencePiece have only ids and decoded.
std::vector<ExpectedText> read_expected(const std::filesystem::path& file);

}  // namespace lmos::tokenizer
