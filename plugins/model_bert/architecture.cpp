#include "architecture.h"

#include "llmasos/sizes.hpp"

namespace lmos::bert {

std::string problem(const Architecture& a, const Names& names) {
  const sdk::Size sizes[] = {{"vocab_size", a.vocab},
                             {names.context, a.context},
                             {names.token_types, a.token_types},
                             {names.layers, a.layers, sdk::kMostLayers},
                             {names.embed, a.embed},
                             {names.heads, a.heads},
                             {names.mlp, a.mlp},
                             {names.classes, a.classes}};
  if (std::string what = sdk::size_problem(sizes); !what.empty()) return what;
  if (a.embed % a.heads != 0)
    return std::string("`") + names.embed + "` (" + std::to_string(a.embed) +
           ") must be a multiple of `" + names.heads + "` (" + std::to_string(a.heads) + ")";
  if (!(a.norm_epsilon > 0)) return "the norm's epsilon must be positive";
  for (const auto& [name, rate] : {std::pair{names.dropout, a.dropout},
                                   std::pair{names.attention_dropout, a.attention_dropout},
                                   std::pair{names.classifier_dropout, a.classifier_dropout}})
    if (std::string what = sdk::rate_problem(name, rate); !what.empty()) return what;
  return "";
}

}  // namespace lmos::bert
