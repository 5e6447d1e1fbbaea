// The bodies of POST /v1/embeddings and POST /v1/classify, and of their answers.
#pragma once

#include <cstdint>
#include <string>

#include "formats/json.h"
#include "serve/config.h"
#include "serve/shape.h"
#include "wire/message.h"

namespace lmos::serve {

Shape embedding_body(const LimitsConfig& limits);
Shape embedding_answer();
Shape classify_body(const LimitsConfig& limits);
Shape classify_answer();

struct EncodeRequest {
  std::string model;
  wire::Encode encode;     // without id and tenant
  bool base64 = false;     // vectors as text
  int64_t dimensions = 0;  // of an answered vector; 0: all
};

// Bodies of the shapes above. ApiError for second texts that do not go with the first.
EncodeRequest read_embedding_request(const Json& body);
EncodeRequest read_classify_request(const Json& body);

}  // namespace lmos::serve
