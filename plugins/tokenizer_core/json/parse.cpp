#include "tokenizer_core/json/parse.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {
namespace {

constexpr size_t kNestingLimit = 64;
constexpr std::string_view kJsonSpace = " \t\r\n";

boost::json::value parse(std::string_view text, boost::json::storage_ptr storage,
                         const std::string& name) {
  boost::json::parse_options options;
  options.max_depth = kNestingLimit;
  boost::json::parser parser(std::move(storage), options);
  boost::json::error_code error;
  const size_t read = parser.write_some(text.data(), text.size(), error);
  if (error) {
    throw TokenizerError(name + ": not valid JSON at byte " + std::to_string(read) + ": " +
                         error.message());
  }
  if (const size_t rest = text.find_first_not_of(kJsonSpace, read); rest != text.npos) {
    throw TokenizerError(name + ": more text after the document at byte " + std::to_string(rest));
  }
  return parser.release();
}

}  // namespace

struct ParsedJson::Document {
  Document(std::string_view text, std::string name)
      : name(std::move(name)), value(parse(text, &memory, this->name)) {}

  std::string name;
  boost::json::monotonic_resource memory;
  boost::json::value value;
};

ParsedJson::ParsedJson(std::string_view text, std::string name)
    : document_(std::make_unique<Document>(text, std::move(name))) {}

ParsedJson::~ParsedJson() = default;

JsonCursor ParsedJson::root() const { return {document_->value, "", document_->name}; }

}  // namespace lmos::tokenizer
