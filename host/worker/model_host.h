// The model that this worker serves, with the engine that runs it.
#pragma once

#include <memory>
#include <vector>

#include "components/catalogue.h"
#include "conversation/chat_format.h"
#include "infer/encoder_engine.h"
#include "infer/engine.h"
#include "infer/text_model.h"
#include "wire/message.h"

namespace lmos::worker {

class ModelHost {
 public:
  // Loads the model. Error: kConfiguration for a bad `backend` section, else as of the parts.
  explicit ModelHost(const wire::Configure& configure);

  const components::Tokenizer& tokenizer() const {
    return model_ ? model_->tokenizer() : encoder_->tokenizer();
  }
  // Of a model that generates; else null.
  const conversation::ChatFormat* chat() const { return chat_.get(); }
  int64_t context() const { return context_; }  // tokens of a sequence
  int64_t cache_tokens() const { return cache_.page_count() * cache_.page_tokens; }
  // Of a model that generates; else null.
  infer::Engine* engine() { return engine_.get(); }
  // Of an encoder; else null.
  infer::EncoderEngine* encoder_engine() { return encoder_engine_.get(); }
  const infer::EncoderModel* encoder() const { return encoder_.get(); }
  // Cancels what is under way; the engines are gone then.
  void end_engine() {
    engine_.reset();
    encoder_engine_.reset();
  }

 private:
  void open_generator(const wire::Configure& configure, lmos_dtype compute);
  void open_encoder(const wire::Configure& configure, lmos_dtype compute);

  components::Catalogue catalogue_;
  std::unique_ptr<runtime::Device> device_;
  std::unique_ptr<infer::TextModel> model_;         // either this one
  std::unique_ptr<infer::EncoderModel> encoder_;    // or that one
  std::unique_ptr<conversation::ChatFormat> chat_;  // of that which generates
  int64_t context_ = 0;
  infer::CacheShape cache_;
  std::unique_ptr<infer::Engine> engine_;
  std::unique_ptr<infer::EncoderEngine> encoder_engine_;
};

}  // namespace lmos::worker
