#include "pipeline/problems.h"

#include <algorithm>
#include <utility>

#include "errors/error.h"

namespace lmos {

std::string Problem::text() const {
  std::string line = place.text();
  if (!path.empty()) line += (line.empty() ? "" : ": ") + path;
  return line + (line.empty() ? "" : ": ") + what;
}

void Problems::add(Place place, std::string path, std::string what) {
  list_.push_back({std::move(place), std::move(path), std::move(what)});
}

void Problems::throw_if_any() const {
  constexpr size_t kShown = 50;
  if (list_.empty()) return;
  std::vector<Problem> ordered = list_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  std::string message;
  for (size_t i = 0; i < std::min(ordered.size(), kShown); ++i) {
    if (i > 0) message += '\n';
    message += ordered[i].text();
  }
  if (ordered.size() > kShown) {
    message += "\nand " + std::to_string(ordered.size() - kShown) + " more problems";
  }
  throw Error(ErrorKind::kConfiguration, message);
}

}  // namespace lmos
