// What editors and readers get from the schema.
#include <gtest/gtest.h>

#include "pipeline/json_schema.h"
#include "pipeline/json_writer.h"
#include "pipeline/pipeline_schema.h"
#include "pipeline/plugins_for_test.h"
#include "pipeline/reference.h"

namespace lmos {
namespace {

TEST(JsonSchema, DescribesEverySectionAndKey) {
  const ConfigTree schema = pipeline_json_schema(schemas_for_test());
  EXPECT_EQ(schema.find("$schema")->as_string(), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_FALSE(schema.find("additionalProperties")->as_bool());
  for (const Field& section : pipeline_fields()) {
    const ConfigTree* described = schema.find("properties")->find(section.name);
    ASSERT_NE(described, nullptr) << section.name;
    for (const Field& key : section.fields) {
      EXPECT_NE(described->find("properties")->find(key.name), nullptr)
          << section.name << "." << key.name;
    }
  }
}

TEST(JsonSchema, CarriesTypesBoundsAndChoices) {
  const ConfigTree schema = pipeline_json_schema(schemas_for_test());
  const auto at = [&](const char* path) { return schema.find_path(path); };
  EXPECT_EQ(at("properties.train.properties.steps.type")->as_string(), "integer");
  EXPECT_EQ(at("properties.train.properties.steps.minimum")->as_int(), 1);
  EXPECT_EQ(at("properties.optimizer.properties.lr.exclusiveMinimum")->as_double(), 0.0);
  EXPECT_EQ(at("properties.optimizer.properties.betas.maxItems")->as_int(), 2);
  EXPECT_EQ(at("properties.schedule.properties.kind.enum.2")->as_string(), "cosine");
  EXPECT_EQ(at("properties.backend.properties.compute.enum.2")->as_string(), "float16");
  EXPECT_EQ(at("properties.train.required.0")->as_string(), "steps");
}

TEST(JsonSchema, AddsAPluginsKeysWhereThePluginIsNamed) {
  const ConfigTree schema = pipeline_json_schema(schemas_for_test());
  const ConfigTree* llama = schema.find_path("properties.model.allOf.1");
  ASSERT_NE(llama, nullptr);
  EXPECT_EQ(llama->find_path("if.properties.plugin.const")->as_string(), "llama");
  EXPECT_EQ(llama->find_path("then.properties.layers.minimum")->as_int(), 1);
  EXPECT_FALSE(schema.find_path("properties.model.unevaluatedProperties")->as_bool());
  EXPECT_EQ(schema.find_path("properties.model.properties.layers"), nullptr);
  EXPECT_EQ(schema
                .find_path(
                    "properties.tokenizer.allOf.0.then.properties.train.properties.vocab_size.type")
                ->as_string(),
            "integer");
}

TEST(JsonSchema, LeavesASubsectionThatAPluginFillsToThePlugin) {
  const ConfigTree schema = pipeline_json_schema(schemas_for_test());
  const ConfigTree* tokenizer = schema.find_path("properties.tokenizer");
  EXPECT_EQ(tokenizer->find_path("properties.train.additionalProperties"), nullptr);
  EXPECT_FALSE(
      tokenizer->find_path("allOf.0.then.properties.train.additionalProperties")->as_bool());
  EXPECT_EQ(tokenizer->find_path("allOf.1.properties.plugin.enum.0")->as_string(), "bpe");
}

TEST(JsonSchema, RefusesSectionsOfOtherKinds) {
  const ConfigTree schema = pipeline_json_schema(schemas_for_test());
  const ConfigTree* generate = schema.find_path("allOf.1");
  EXPECT_EQ(generate->find_path("if.properties.kind.const")->as_string(), "generate");
  EXPECT_FALSE(generate->find_path("then.properties.optimizer")->as_bool());
}

TEST(Reference, HasARowForEveryKeyOfHostAndPlugins) {
  const std::string page = render_reference(schemas_for_test());
  for (const Field& section : pipeline_fields()) {
    if (section.type == FieldType::kSection) {
      EXPECT_NE(page.find("\n## `" + section.name + "`\n"), std::string::npos) << section.name;
    }
    for (const Field& key : section.fields) {
      EXPECT_NE(page.find("| `" + key.name + "` |"), std::string::npos) << key.name;
    }
  }
  EXPECT_NE(page.find("### `model: {plugin: llama}`"), std::string::npos);
  EXPECT_NE(page.find("| `rope_scaling.type` | `linear`, `llama3` | required |"),
            std::string::npos);
  EXPECT_NE(page.find("| `train.vocab_size` | integer, at least 1 | required |"),
            std::string::npos);
  EXPECT_NE(page.find("| `betas` | list, each number, at least 0 and less than 1, 2 of them | "
                      "`[0.9, 0.95]` |"),
            std::string::npos);
}

}  // namespace
}  // namespace lmos
