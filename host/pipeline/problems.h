// What is wrong with a configuration, all of it, so that one run of the program shows every
// mistake.
#pragma once

#include <string>
#include <vector>

#include "pipeline/place.h"

namespace lmos {

struct Problem {
  Place place;
  std::string path;  // "train.steps", "" for the file as a whole
  std::string what;  // with what to do

  // "file:line:column: train.steps: what".
  std::string text() const;
};

class Problems {
 public:
  void add(Place place, std::string path, std::string what);
  bool empty() const { return list_.empty(); }
  size_t size() const { return list_.size(); }

  // Throws Error(kConfiguration) with one line a problem, in the order of the file, when there are
  // any.
  void throw_if_any() const;

 private:
  std::vector<Problem> list_;
};

}  // namespace lmos
