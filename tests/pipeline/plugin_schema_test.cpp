// A plugin's own mistakes are its author's to repair: each is named, none is passed on to the
// user's file.
#include "pipeline/plugin_schema.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "errors/error.h"

namespace lmos {
namespace {

lmos_string c_text(const char* text) { return {text, std::strlen(text)}; }

lmos_field valid_field() {
  lmos_field field = {};
  field.struct_size = sizeof(lmos_field);
  field.type = LMOS_FIELD_INT;
  field.name = c_text("layers");
  field.doc = c_text("Blocks.");
  return field;
}

std::string error_of(const lmos_field* fields, uint64_t count) {
  try {
    fields_from_plugin(fields, count, "llama");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kPlugin);
    return error.what();
  }
  return "accepted";
}

TEST(PluginFields, AreCopiedWithEverythingTheyDeclare) {
  static const lmos_string kChoices[] = {c_text("relu"), c_text("gelu")};
  lmos_field activation = valid_field();
  activation.type = LMOS_FIELD_LIST;
  activation.name = c_text("activations");
  activation.element = LMOS_FIELD_STRING;
  activation.choices = kChoices;
  activation.choice_count = 2;
  activation.default_value = c_text("[gelu]");
  lmos_field layers = valid_field();
  layers.has_minimum = 1;
  layers.minimum = 1;
  layers.required = 1;
  const lmos_field table[] = {layers, activation};
  const std::vector<Field> fields = fields_from_plugin(table, 2, "llama");
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_TRUE(fields[0].required);
  EXPECT_EQ(fields[0].minimum, 1.0);
  EXPECT_FALSE(fields[0].maximum);
  EXPECT_EQ(fields[0].doc, "Blocks.");
  EXPECT_EQ(fields[1].element->choices, (std::vector<std::string>{"relu", "gelu"}));
  EXPECT_EQ(fields[1].default_value->items()[0].as_string(), "gelu");
}

TEST(PluginFields, MayComeFromANewerSdkWithALargerStruct) {
  struct Newer {
    lmos_field known;
    uint64_t added;
  };
  Newer table[2] = {{valid_field(), 1}, {valid_field(), 2}};
  table[0].known.struct_size = table[1].known.struct_size = sizeof(Newer);
  table[1].known.name = c_text("heads");
  const std::vector<Field> fields = fields_from_plugin(&table[0].known, 2, "llama");
  EXPECT_EQ(fields[1].name, "heads");
}

TEST(PluginFields, SayWhichOfThemArePaths) {
  lmos_field field = valid_field();
  field.type = LMOS_FIELD_STRING;
  EXPECT_EQ(fields_from_plugin(&field, 1, "llama")[0].path, PathUse::kNone);
  field.path_use = LMOS_PATH_READ;
  EXPECT_EQ(fields_from_plugin(&field, 1, "llama")[0].path, PathUse::kRead);
  field.path_use = LMOS_PATH_LOAD;
  EXPECT_EQ(fields_from_plugin(&field, 1, "llama")[0].path, PathUse::kLoad);
  field.path_use = 99;
  EXPECT_NE(error_of(&field, 1).find("the unknown use of a path 99"), std::string::npos);
  // A plugin that was built before there was this member.
  field.struct_size = offsetof(lmos_field, path_use);
  EXPECT_EQ(fields_from_plugin(&field, 1, "llama")[0].path, PathUse::kNone);
}

TEST(PluginFields, WithMistakesAreRefused) {
  const std::string repair = "; this is for the plugin's author to repair";
  EXPECT_EQ(error_of(nullptr, 1),
            "plugin 'llama': declares fields without a table of them" + repair);
  lmos_field field = valid_field();
  EXPECT_EQ(error_of(&field, UINT64_MAX),
            "plugin 'llama': declares more than 1000 fields" + repair);
  field.struct_size = 8;
  EXPECT_EQ(error_of(&field, 1),
            "plugin 'llama': has a field table with a struct_size that is too small" + repair);
  field = valid_field();
  field.type = 99;
  EXPECT_EQ(error_of(&field, 1),
            "plugin 'llama', field 'layers': has the unknown type 99" + repair);
  field = valid_field();
  field.name = c_text("Bad Name");
  EXPECT_EQ(error_of(&field, 1),
            "plugin 'llama': declares a field 'Bad Name'; names are lower-case letters, digits and "
            "underscores" +
                repair);
  const lmos_field twice[] = {valid_field(), valid_field()};
  EXPECT_EQ(error_of(twice, 2), "plugin 'llama': declares the field 'layers' twice" + repair);
}

TEST(PluginFields, WithADefaultThatTheyRefuseThemselvesAreRefused) {
  lmos_field field = valid_field();
  field.has_maximum = 1;
  field.maximum = 4;
  field.default_value = c_text("5");
  EXPECT_EQ(
      error_of(&field, 1),
      "plugin 'llama', field 'layers': has a default that does not fit: default of layers:1:1: "
      "layers: integer 5 is out of range (at most 4); this is for the plugin's author to repair");
  field.default_value = c_text("[1");
  EXPECT_NE(error_of(&field, 1).find("is a bracket left open?"), std::string::npos);
}

TEST(PluginFields, ThatContainThemselvesAreRefused) {
  lmos_field field = valid_field();
  field.type = LMOS_FIELD_SECTION;
  field.fields = &field;
  field.field_count = 1;
  EXPECT_NE(error_of(&field, 1).find("nests sections more than 8 deep"), std::string::npos);
}

}  // namespace
}  // namespace lmos
