// The model that this worker serves, with the engine that runs it.
#pragma once

#include <memory>
#include <vector>

#include "components/catalogue.h"
#include "conversation/chat_format.h"
#include "infer/engine.h"
#include "infer/text_model.h"
#include "wire/message.h"

namespace lmos::worker {

class ModelHost {
 public:
  // Loads the model. Error: kConfiguration for a bad `backend` section, else as of the parts.
  explicit ModelHost(const wire::Configure& configure);

  const components::Tokenizer& tokenizer() const { return model_->tokenizer(); }
  const conversation::ChatFormat& chat() const { return *chat_; }
  int64_t context() const { return context_; }  // tokens of a sequence
  int64_t cache_tokens() const { return cache_.page_count() * cache_.page_tokens; }
  infer::Engine& engine() { return *engine_; }
  // Cancels what is under way; engine() is gone then.
  void end_engine() { engine_.reset(); }

 private:
  components::Catalogue catalogue_;
  std::unique_ptr<runtime::Device> device_;
  std::unique_ptr<infer::TextModel> model_;
  std::unique_ptr<conversation::ChatFormat> chat_;
  int64_t context_ = 0;
  infer::CacheShape cache_;
  std::unique_ptr<infer::Engine> engine_;
};

}  // namespace lmos::worker
