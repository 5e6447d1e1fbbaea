#include "serve/usage.h"

#include <limits>

namespace lmos::serve {

Json Usage::json() const {
  Json details = Json::Object();
  details.set("cached_tokens", cached_tokens);
  Json usage = Json::Object();
  usage.set("prompt_tokens", prompt_tokens);
  usage.set("completion_tokens", completion_tokens);
  usage.set("total_tokens", prompt_tokens + completion_tokens);
  usage.set("prompt_tokens_details", std::move(details));
  return usage;
}

Shape usage_shape() {
  return Shape::object(
      {{"prompt_tokens", count_shape(), "", true},
       {"completion_tokens", count_shape(), "", true},
       {"total_tokens", count_shape(), "", true},
       {"prompt_tokens_details",
        Shape::object({{"cached_tokens", count_shape(), "Found in the cache.", true}}), "", true}});
}

Shape count_shape() { return Shape::integer(0, std::numeric_limits<int64_t>::max()); }

}  // namespace lmos::serve
