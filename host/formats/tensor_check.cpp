#include "formats/tensor_check.h"

#include <algorithm>
#include <set>

#include "errors/error.h"
#include "formats/quote.h"
#include "formats/tensor_view.h"

namespace lmos {
namespace {

constexpr size_t kListedLines = 20;

// "\n  missing (2):\n    a\n    b", or nothing.
std::string section(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = "\n  " + std::string(title) + " (" + std::to_string(lines.size()) + "):";
  for (size_t i = 0; i < lines.size() && i < kListedLines; ++i) text += "\n    " + lines[i];
  if (lines.size() > kListedLines)
    text += "\n    … and " + std::to_string(lines.size() - kListedLines) + " more";
  return text;
}

}  // namespace

void check_tensors(std::span<const ExpectedTensor> expected, const PresentShapes& present,
                   const std::string& where,
                   const std::function<bool(std::string_view)>& may_be_unused) {
  std::vector<std::string> missing, misshapen, unexpected;
  std::set<std::string_view> known;
  for (const ExpectedTensor& tensor : expected) {
    known.insert(tensor.name);
    auto found = present.find(tensor.name);
    if (found == present.end()) {
      missing.push_back(quote_text(tensor.name) + " " + shape_text(tensor.shape));
    } else if (!std::ranges::equal(found->second, tensor.shape)) {
      misshapen.push_back(quote_text(tensor.name) + ": the model has " + shape_text(tensor.shape) +
                          ", the file " + shape_text(found->second));
    }
  }
  for (const auto& [name, shape] : present) {
    if (!known.contains(name) && !(may_be_unused && may_be_unused(name)))
      unexpected.push_back(quote_text(name) + " " + shape_text(shape));
  }
  if (missing.empty() && misshapen.empty() && unexpected.empty()) return;
  throw Error(ErrorKind::kInput,
              where +
                  ": the weights do not fit the model; compare the model's configuration with "
                  "the file's" +
                  section("missing", missing) + section("of another shape", misshapen) +
                  section("unexpected", unexpected));
}

}  // namespace lmos
