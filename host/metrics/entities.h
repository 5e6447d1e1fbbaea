// How well entities that are written as tags of tokens are found.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lmos::metrics {

// Tokens [begin, end) of one sentence.
struct Entity {
  std::string type;
  size_t begin, end;
  auto operator<=>(const Entity&) const = default;
};

// The entities of a sentence whose tokens have these tags: `B-TYPE` begins one and `I-TYPE` goes on
// with it; also E-, S-, L- and U- of the schemes IOBES and BILOU. Any other tag, such as `O`, is of
// no entity. An I- after another type, or after none, begins an entity, as in conlleval and
// seqeval.
std::set<Entity> entities(std::span<const std::string> tags);

// Counts of whole entities: right are those with the type and both ends of a true one.
class EntityScores {
 public:
  // Tags of one sentence, as many of both.
  void add(std::span<const std::string> truth, std::span<const std::string> predicted);

  double precision() const;
  double recall() const;
  double f1() const;

 private:
  int64_t true_ = 0, predicted_ = 0, right_ = 0;
};

}  // namespace lmos::metrics
