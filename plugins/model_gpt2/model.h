// The model that the plugin gives the host; the functions are called by sdk::model_interface.
#pragma once

#include <memory>
#include <string_view>

#include "architecture.h"
#include "llmasos/config.hpp"
#include "llmasos/graph.hpp"
#include "llmasos/model.hpp"

namespace lmos::gpt2 {

class Gpt2 : public sdk::CausalLmModel {
 public:
  explicit Gpt2(const Architecture& architecture) : architecture_(architecture) {}

  static std::unique_ptr<Gpt2> create(const sdk::Config& section, int64_t vocab_size,
                                      int64_t context);
  static std::unique_ptr<Gpt2> from_hugging_face(const sdk::Config& config);

  int64_t vocab_size() const { return architecture_.vocab; }
  int64_t context() const { return architecture_.context; }
  void build(sdk::GraphBuilder& graph, std::string_view task, bool training) const;
  void write_hugging_face(sdk::ConfigWriter& writer, std::string_view task) const;

 private:
  Architecture architecture_;
};

}  // namespace lmos::gpt2
