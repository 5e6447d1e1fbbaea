#include "pipeline/json_writer.h"

#include "formats/json_text.h"
#include "pipeline/json_tree.h"

namespace lmos {

std::string write_json(const ConfigTree& tree) {
  return indented_json(json_from_config_tree(tree));
}

}  // namespace lmos
