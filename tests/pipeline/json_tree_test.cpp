#include "pipeline/json_tree.h"

#include <gtest/gtest.h>

#include "errors/error.h"
#include "formats/json_text.h"
#include "pipeline/json_writer.h"
#include "pipeline/yaml_reader.h"

namespace lmos {
namespace {

constexpr char kConfigJson[] = R"({
  "model_type": "llama", "hidden_size": 64, "rms_norm_eps": 1e-05, "tie_word_embeddings": false,
  "rope_scaling": {"rope_type": "llama3", "factor": 8.0}, "eos_token_id": [1, 2], "pad_token_id": null,
  "model_max_length": 1000000000000000019884624838656, "largest": 18446744073709551615
})";

TEST(JsonTree, HoldsTheSameValuesAsYaml) {
  const ConfigTree tree =
      config_tree_from_json(parse_json(kConfigJson, "config.json"), "config.json");
  const ConfigTree yaml = parse_yaml(
      "{model_type: llama, hidden_size: 64, rms_norm_eps: 1e-05, tie_word_embeddings: false,\n"
      " rope_scaling: {rope_type: llama3, factor: 8.0}, eos_token_id: [1, 2], pad_token_id: null,\n"
      " model_max_length: 1000000000000000019884624838656.0, largest: 18446744073709551615.0}",
      Place::in("f"));
  EXPECT_EQ(tree, yaml) << write_json(tree);
}

TEST(JsonTree, PlacesEachValueByItsKey) {
  const ConfigTree tree =
      config_tree_from_json(parse_json(kConfigJson, "config.json"), "m/config.json");
  EXPECT_EQ(tree.place().text(), "m/config.json");
  EXPECT_EQ(tree.find_path("rope_scaling.factor")->place().text(),
            "m/config.json: rope_scaling.factor");
  EXPECT_EQ(tree.find_path("eos_token_id.1")->place().text(), "m/config.json: eos_token_id.1");
}

TEST(JsonTree, BecomesTheSameJsonAgain) {
  const Json json =
      parse_json(R"({"b": [1, 2.5, {"c": "x\ty"}], "a": null, "d": {}, "e": true})", "x");
  EXPECT_EQ(json_from_config_tree(config_tree_from_json(json, "x")), json);
}

}  // namespace
}  // namespace lmos
