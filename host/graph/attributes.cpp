#include "errors/error.h"
#include "graph/graph.h"

namespace lmos::graph {
namespace {

template <class T>
const T& get(const std::map<std::string, Attribute, std::less<>>& values, std::string_view name,
             std::string_view kind) {
  const auto found = values.find(name);
  if (found == values.end()) {
    throw Error(ErrorKind::kInternal, "attribute " + std::string(name) + " is absent");
  }
  const T* value = std::get_if<T>(&found->second);
  if (!value) {
    throw Error(ErrorKind::kInternal,
                "attribute " + std::string(name) + " is not " + std::string(kind));
  }
  return *value;
}

}  // namespace

void Attributes::set(std::string_view name, Attribute value) {
  values_.insert_or_assign(std::string(name), std::move(value));
}

bool Attributes::has(std::string_view name) const { return values_.contains(name); }

int64_t Attributes::integer(std::string_view name) const {
  return get<int64_t>(values_, name, "an int");
}

double Attributes::number(std::string_view name) const {
  return get<double>(values_, name, "a float");
}

const std::vector<int64_t>& Attributes::integers(std::string_view name) const {
  return get<std::vector<int64_t>>(values_, name, "a list of ints");
}

const std::vector<double>& Attributes::numbers(std::string_view name) const {
  return get<std::vector<double>>(values_, name, "a list of floats");
}

}  // namespace lmos::graph
