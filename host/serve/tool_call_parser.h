// Calls of tools in what a model says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"
#include "wire/message.h"

namespace lmos::serve {

struct ToolCall {
  std::string id;  // "call_…", made here
  std::string name;
  std::string arguments;  // a JSON object
  // As answers of /v1/chat/completions tell it.
  Json json() const;
};

// Text that arrives in pieces. What is no whole, well-formed call stays text, unchanged.
class ToolCallParser {
 public:
  // kTagged or kJson; with others everything is text.
  explicit ToolCallParser(wire::ToolCalls style) : style_(style) {}

  struct Found {
    std::string text;  // that is certain to be none of a call, up to the first call
    std::vector<ToolCall> calls;
  };
  Found push(std::string_view piece);
  // The last piece, which may be empty.
  Found finish(std::string_view piece);

 private:
  void read_tagged(Found& found);
  void release(size_t size, Found& found);

  const wire::ToolCalls style_;
  std::string held_;     // not yet given out
  size_t looked_ = 0;    // no call ends in so many bytes of it
  bool called_ = false;  // a call was found
  bool plain_ = false;   // of kJson: this is no call
};

}  // namespace lmos::serve
