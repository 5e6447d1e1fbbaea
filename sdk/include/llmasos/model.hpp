// The table of lmos.model/1 for a C++ class:
//
//   class Model {
//     static std::unique_ptr<Model> create(const Config& section, int64_t vocab_size, int64_t
//     context); static std::unique_ptr<Model> from_hugging_face(const Config& config); int64_t
//     vocab_size() const; int64_t context() const; std::string_view task() const; int64_t classes()
//     const; void build(GraphBuilder& graph, std::string_view task, bool training) const; void
//     write_hugging_face(ConfigWriter& writer, std::string_view task) const;
//   };
#pragma once

#include <span>

#include "llmasos/config.hpp"
#include "llmasos/graph.hpp"
#include "llmasos/model.h"

namespace lmos::sdk {

// What a model of causal_lm and nothing else is made for; its class inherits this.
struct CausalLmModel {
  std::string_view task() const { return LMOS_TASK_CAUSAL_LM; }
  int64_t classes() const { return 0; }
};

// `fields` and `model_types` have static storage.
template <class Model>
constexpr lmos_model_interface model_interface(std::span<const lmos_field> fields,
                                               std::span<const lmos_string> model_types) {
  lmos_model_interface table = {};
  table.struct_size = sizeof(lmos_model_interface);
  table.fields = fields.data();
  table.field_count = fields.size();
  table.model_types = model_types.data();
  table.model_type_count = model_types.size();
  table.create = [](const lmos_host*, const lmos_config* section, int64_t vocab_size,
                    int64_t context, lmos_model** model) {
    return guarded([&] { give(Model::create(Config(section), vocab_size, context), model); });
  };
  table.create_from_hugging_face = [](const lmos_host*, const lmos_config* config,
                                      lmos_model** model) {
    return guarded([&] { give(Model::from_hugging_face(Config(config)), model); });
  };
  table.destroy = [](lmos_model* model) { destroy<Model>(model); };
  table.info = [](const lmos_model* model, lmos_model_info* info) {
    return guarded([&] {
      if (info->struct_size < LMOS_MODEL_INFO_V1_SIZE)
        throw invalid("lmos_model_info is too small");
      info->vocab_size = object<Model>(model).vocab_size();
      info->context = object<Model>(model).context();
      info->task = borrow(object<Model>(model).task());
      info->classes = object<Model>(model).classes();
    });
  };
  table.build = [](const lmos_model* model, const lmos_host_graph* table,
                   lmos_graph_builder* builder, lmos_string task, int32_t training) {
    return guarded([&] {
      GraphBuilder graph(table, builder);
      object<Model>(model).build(graph, view(task), training != 0);
    });
  };
  table.write_hugging_face = [](const lmos_model* model, lmos_string task,
                                lmos_config_writer* writer) {
    return guarded([&] {
      ConfigWriter members(writer);
      object<Model>(model).write_hugging_face(members, view(task));
    });
  };
  return table;
}

}  // namespace lmos::sdk
