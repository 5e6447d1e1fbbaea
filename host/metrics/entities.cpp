#include "metrics/entities.h"

#include <string_view>

namespace lmos::metrics {
namespace {

// Of "B-LOC": 'B' and "LOC"; 'O' for tags of no entity.
struct Tag {
  char place = 'O';
  std::string_view type;

  explicit Tag(std::string_view text) {
    if (text.size() < 2 || text[1] != '-' ||
        std::string_view("BIESLU").find(text[0]) == std::string_view::npos)
      return;
    place = text[0];
    type = text.substr(2);
  }
  bool begins() const { return place == 'B' || place == 'S' || place == 'U'; }
  bool ends() const { return place == 'E' || place == 'L' || place == 'S' || place == 'U'; }
};

double share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::set<Entity> entities(std::span<const std::string> tags) {
  std::set<Entity> found;
  bool open = false;
  size_t begin = 0;
  std::string_view type;
  for (size_t i = 0; i < tags.size(); ++i) {
    const Tag tag(tags[i]);
    if (open && (tag.place == 'O' || tag.begins() || tag.type != type)) {
      found.insert({std::string(type), begin, i});
      open = false;
    }
    if (tag.place == 'O') continue;
    if (!open) begin = i, type = tag.type, open = true;
    if (!tag.ends()) continue;
    found.insert({std::string(type), begin, i + 1});
    open = false;
  }
  if (open) found.insert({std::string(type), begin, tags.size()});
  return found;
}

void EntityScores::add(std::span<const std::string> truth, std::span<const std::string> predicted) {
  const std::set<Entity> wanted = entities(truth), found = entities(predicted);
  true_ += static_cast<int64_t>(wanted.size());
  predicted_ += static_cast<int64_t>(found.size());
  for (const Entity& entity : found) right_ += wanted.contains(entity) ? 1 : 0;
}

double EntityScores::precision() const { return share(right_, predicted_); }
double EntityScores::recall() const { return share(right_, true_); }
double EntityScores::f1() const { return share(2 * right_, true_ + predicted_); }

}  // namespace lmos::metrics
