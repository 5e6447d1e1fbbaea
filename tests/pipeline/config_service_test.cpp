// What a plugin reads of its section through the C interface.
#include "pipeline/config_service.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "pipeline/yaml_reader.h"

namespace lmos {
namespace {

lmos_string c_text(std::string_view text) { return {text.data(), text.size()}; }
std::string text_of(lmos_string text) { return {text.data, text.size}; }

class ConfigService : public testing::Test {
 protected:
  ConfigService() {
    host_.struct_size = sizeof(host_);
    host_.context = this;
    host_.set_error = [](const lmos_host* host, lmos_string message) {
      static_cast<ConfigService*>(host->context)->error_ = text_of(message);
    };
  }

  lmos_host host_ = {};
  std::string error_;
  const lmos_host_config& service_ = config_service(&host_);
  const ConfigTree tree_ =
      parse_yaml("{flag: true, layers: 6, theta: 1.5, name: llama, list: [1, x], map: {z: 1, a: }}",
                 Place::in("p.yaml"));
  const lmos_config* root_ = config_node(tree_);
};

TEST_F(ConfigService, GivesEveryKindOfValue) {
  EXPECT_EQ(service_.struct_size, sizeof(lmos_host_config));
  EXPECT_EQ(service_.kind(root_), LMOS_CONFIG_MAP);
  EXPECT_EQ(service_.size(root_), 6u);
  int32_t flag = 0;
  int64_t layers = 0;
  double theta = 0, layers_as_float = 0;
  lmos_string name = {};
  EXPECT_EQ(service_.as_bool(service_.get(root_, c_text("flag")), &flag), LMOS_OK);
  EXPECT_EQ(service_.as_int(service_.get(root_, c_text("layers")), &layers), LMOS_OK);
  EXPECT_EQ(service_.as_float(service_.get(root_, c_text("theta")), &theta), LMOS_OK);
  EXPECT_EQ(service_.as_float(service_.get(root_, c_text("layers")), &layers_as_float), LMOS_OK);
  EXPECT_EQ(service_.as_string(service_.get(root_, c_text("name")), &name), LMOS_OK);
  EXPECT_EQ(flag, 1);
  EXPECT_EQ(layers, 6);
  EXPECT_EQ(theta, 1.5);
  EXPECT_EQ(layers_as_float, 6.0);
  EXPECT_EQ(text_of(name), "llama");
}

TEST_F(ConfigService, WalksListsAndMapsInTheOrderOfTheFile) {
  const lmos_config* list = service_.get(root_, c_text("list"));
  EXPECT_EQ(service_.size(list), 2u);
  EXPECT_EQ(service_.kind(service_.at(list, 1, nullptr)), LMOS_CONFIG_STRING);
  EXPECT_EQ(service_.at(list, 2, nullptr), nullptr);
  const lmos_config* map = service_.get(root_, c_text("map"));
  lmos_string key = {};
  EXPECT_EQ(service_.kind(service_.at(map, 0, &key)), LMOS_CONFIG_INT);
  EXPECT_EQ(text_of(key), "z");
  EXPECT_EQ(service_.kind(service_.at(map, 1, &key)), LMOS_CONFIG_NULL);
  EXPECT_EQ(text_of(key), "a");
}

TEST_F(ConfigService, AnswersAbsenceWithNull) {
  EXPECT_EQ(service_.get(root_, c_text("absent")), nullptr);
  const lmos_config* scalar = service_.get(root_, c_text("layers"));
  EXPECT_EQ(service_.get(scalar, c_text("x")), nullptr);
  EXPECT_EQ(service_.at(scalar, 0, nullptr), nullptr);
  EXPECT_EQ(service_.size(scalar), 0u);
}

TEST_F(ConfigService, ReportsAWrongKindWithItsPlace) {
  int64_t value = 0;
  EXPECT_EQ(service_.as_int(service_.get(root_, c_text("name")), &value), LMOS_INVALID);
  EXPECT_EQ(error_, "p.yaml:1:43: expected an integer, found string 'llama'");
  EXPECT_EQ(text_of(service_.place(service_.get(root_, c_text("name")))), "p.yaml:1:43");
}

}  // namespace
}  // namespace lmos
