// A JSON document that was parsed, and the memory it lies in.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tokenizer_core/json/cursor.h"

namespace lmos::tokenizer {

class ParsedJson {
 public:
  // `name`: of the file, for messages. Throws TokenizerError, with the byte, where `text` is not
  // JSON, nests more than 64 deep, or more follows the document.
  explicit ParsedJson(std::string_view text, std::string name = "tokenizer.json");
  ~ParsedJson();

  // Lives as long as this.
  JsonCursor root() const;

 private:
  struct Document;
  std::unique_ptr<const Document> document_;
};

}  // namespace lmos::tokenizer
