// Do the tensors of a file fit the model that wants them?
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmos {

struct ExpectedTensor {
  std::string name;
  std::vector<int64_t> shape;
};

// By name; views of the shapes that a file declares.
using PresentShapes = std::map<std::string_view, std::span<const int64_t>>;

// Of anything that maps names to tensors with a shape.
template <typename Tensors>
PresentShapes shapes_of(const Tensors& tensors) {
  PresentShapes shapes;
  for (const auto& [name, tensor] : tensors) shapes.emplace(name, tensor.shape);
  return shapes;
}

// Returns when `present` holds exactly the `expected` tensors with these shapes, apart from tensors
// nobody expects for whose names `may_be_unused` says true. Otherwise one Error(kInput), beginning
// with `where`, that lists every missing, mis-shaped and unexpected tensor, at most 20 of each kind
// and the count of the rest.
void check_tensors(std::span<const ExpectedTensor> expected, const PresentShapes& present,
                   const std::string& where,
                   const std::function<bool(std::string_view)>& may_be_unused = {});

}  // namespace lmos
