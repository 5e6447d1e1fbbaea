// Merges of models that give no list of them: any two symbols merge that together spell a token,
// and the token's score says which do first. So do SentencePiece's BPE and tiktoken.
#pragma once

#include <string>
#include <vector>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/merge_rule.h"
#include "tokenizer_core/model/vocabulary.h"

namespace lmos::tokenizer {

// Whether `model`, of a tokenizer.json, is such a one: it has the member `scores`.
bool has_scores(const JsonCursor& model);

// In order of rank; tokens of one score have one rank. `scores` holds a number for each id, or none
// at all where nothing merges. With the member `sentencepiece` only pieces of the right types take
// part. Throws TokenizerError.
std::vector<MergeRule> read_scored_merges(const JsonCursor& model, const Vocabulary& vocabulary);

// `tokenizer_json`, whose model has scores, with the list of merges added that programs need which
// know nothing of `scores`.
std::string with_merges(const std::string& tokenizer_json);

}  // namespace lmos::tokenizer
