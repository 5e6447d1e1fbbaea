#include "rope_hugging_face.h"

namespace lmos::llama {

namespace {

void refuse_partial_rotation(const sdk::Config& section) {
  if (section.float_or("partial_rotary_factor", 1.0) != 1.0)
    section.fail("`partial_rotary_factor` is not supported: all of a head must rotate");
}

const char* name(sdk::RopeScaling scaling) {
  switch (scaling) {
    case sdk::RopeScaling::kNone:
      return "default";
    case sdk::RopeScaling::kLinear:
      return "linear";
    case sdk::RopeScaling::kLlama3:
      return "llama3";
  }
  return "default";
}

void write_scaling_values(sdk::ConfigWriter& writer, const sdk::Rope& rope) {
  if (rope.scaling == sdk::RopeScaling::kNone) return;
  writer.put_float("factor", rope.factor);
  if (rope.scaling != sdk::RopeScaling::kLlama3) return;
  writer.put_float("low_freq_factor", rope.low_freq_factor);
  writer.put_float("high_freq_factor", rope.high_freq_factor);
  writer.put_int("original_max_position_embeddings", rope.original_context);
}

}  // namespace

sdk::Rope read_rope(const sdk::Config& config, int64_t context) {
  sdk::Config parameters = config.find("rope_scaling");
  if (!parameters) parameters = config.find("rope_parameters");
  refuse_partial_rotation(config);
  sdk::Rope rope;
  rope.theta = config.float_or("rope_theta", rope.theta);
  if (!parameters) return rope;
  if (!parameters.is_map()) parameters.fail("this must be a map of rotary parameters");
  refuse_partial_rotation(parameters);
  rope.theta = parameters.float_or("rope_theta", rope.theta);

  const std::string type =
      parameters.string_or("rope_type", parameters.string_or("type", "default"));
  if (type == "default") return rope;
  if (type != "linear" && type != "llama3")
    parameters.fail("the rotary embedding type `" + type +
                    "` is not supported; default, linear and llama3 are");
  rope.factor = parameters.require("factor").as_float();
  if (type == "linear") {
    rope.scaling = sdk::RopeScaling::kLinear;
    return rope;
  }
  rope.scaling = sdk::RopeScaling::kLlama3;
  rope.low_freq_factor = parameters.require("low_freq_factor").as_float();
  rope.high_freq_factor = parameters.require("high_freq_factor").as_float();
  rope.original_context =
      config.int_or("original_max_position_embeddings",
                    parameters.int_or("original_max_position_embeddings", context));
  return rope;
}

void write_rope(sdk::ConfigWriter& writer, const sdk::Rope& rope) {
  writer.put_float("rope_theta", rope.theta);
  if (rope.scaling == sdk::RopeScaling::kNone) {
    writer.put_null("rope_scaling");
  } else {
    writer.begin_map("rope_scaling");
    // The first versions that knew `linear` accept these two members only, under this name.
    const bool linear = rope.scaling == sdk::RopeScaling::kLinear;
    writer.put_string(linear ? "type" : "rope_type", name(rope.scaling));
    write_scaling_values(writer, rope);
    writer.end();
  }
  writer.begin_map("rope_parameters");
  writer.put_string("rope_type", name(rope.scaling));
  writer.put_float("rope_theta", rope.theta);
  write_scaling_values(writer, rope);
  writer.end();
}

}  // namespace lmos::llama
