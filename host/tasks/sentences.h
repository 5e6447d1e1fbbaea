// Text cut into sentences, by punctuation alone.
#pragma once

#include <string_view>
#include <vector>

namespace lmos::tasks {

// Pieces of `document`, in order, without white space around them and none empty: lines, cut after
// . ! or ? (and quotes or brackets that close there) where white space follows, and after the
// full-width 。 ！ ？. Abbreviations are cut too, which a task about neighbouring texts tolerates.
std::vector<std::string_view> sentences(std::string_view document);

}  // namespace lmos::tasks
