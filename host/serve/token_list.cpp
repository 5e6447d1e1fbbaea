#include "serve/token_list.h"

#include <limits>

namespace lmos::serve {

Shape token_list(size_t minimum) {
  return Shape::list(Shape::integer(0, std::numeric_limits<int32_t>::max()), minimum);
}

std::vector<int32_t> read_tokens(const Json& list) {
  std::vector<int32_t> ids;
  for (const Json& id : list.as_array("tokens"))
    ids.push_back(static_cast<int32_t>(id.as_int64("tokens")));
  return ids;
}

}  // namespace lmos::serve
