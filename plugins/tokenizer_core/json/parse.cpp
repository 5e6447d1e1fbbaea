#include "tokenizer_core/json/parse.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>
#include <unordered_set>
#include <vector>

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {
namespace {

constexpr size_t kNestingLimit = 64;
constexpr std::string_view kJsonSpace = " \t\r\n";

// Builds a document as boost::json::parser does, which keeps the last of members with the same key
// and says nothing. Here the members of all objects are counted, for duplicates to show; only where
// they do, the text is read again with `names_duplicates`, and stopped at the first of them.
class DocumentBuilder {
 public:
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);

  DocumentBuilder(boost::json::storage_ptr storage, bool names_duplicates)
      : names_duplicates_(names_duplicates) {
    values_.reset(std::move(storage));
  }

  boost::json::value release() { return values_.release(); }
  size_t members() const { return members_; }
  const std::string& duplicate() const { return duplicate_; }

  bool on_document_begin(boost::json::error_code&) { return true; }
  bool on_document_end(boost::json::error_code&) { return true; }
  bool on_object_begin(boost::json::error_code&) {
    if (names_duplicates_) keys_.emplace_back();
    return true;
  }
  bool on_object_end(size_t size, boost::json::error_code&) {
    if (names_duplicates_) keys_.pop_back();
    members_ += size;
    values_.push_object(size);
    return true;
  }
  bool on_array_begin(boost::json::error_code&) { return true; }
  bool on_array_end(size_t size, boost::json::error_code&) {
    values_.push_array(size);
    return true;
  }
  bool on_key_part(boost::json::string_view part, size_t, boost::json::error_code&) {
    if (names_duplicates_) key_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }
  bool on_key(boost::json::string_view part, size_t, boost::json::error_code& error) {
    values_.push_key(part);
    if (!names_duplicates_) return true;
    key_.append(part.data(), part.size());
    if (keys_.back().insert(key_).second) {
      key_.clear();
      return true;
    }
    duplicate_ = key_;
    error = boost::json::error::syntax;
    return false;
  }
  bool on_string_part(boost::json::string_view part, size_t, boost::json::error_code&) {
    values_.push_chars(part);
    return true;
  }
  bool on_string(boost::json::string_view part, size_t, boost::json::error_code&) {
    values_.push_string(part);
    return true;
  }
  bool on_number_part(boost::json::string_view, boost::json::error_code&) { return true; }
  bool on_int64(int64_t number, boost::json::string_view, boost::json::error_code&) {
    values_.push_int64(number);
    return true;
  }
  bool on_uint64(uint64_t number, boost::json::string_view, boost::json::error_code&) {
    values_.push_uint64(number);
    return true;
  }
  bool on_double(double number, boost::json::string_view, boost::json::error_code&) {
    values_.push_double(number);
    return true;
  }
  bool on_bool(bool value, boost::json::error_code&) {
    values_.push_bool(value);
    return true;
  }
  bool on_null(boost::json::error_code&) {
    values_.push_null();
    return true;
  }
  bool on_comment_part(boost::json::string_view, boost::json::error_code&) { return true; }
  bool on_comment(boost::json::string_view, boost::json::error_code&) { return true; }

 private:
  boost::json::value_stack values_;
  size_t members_ = 0;
  bool names_duplicates_;
  std::vector<std::unordered_set<std::string>> keys_;  // of the objects that are open
  std::string key_;
  std::string duplicate_;
};

// The nesting was bounded when the text was parsed.
size_t members_in(const boost::json::value& value) {
  size_t members = 0;
  if (const boost::json::object* object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) members += members_in(member.value());
  } else if (const boost::json::array* array = value.if_array()) {
    for (const boost::json::value& element : *array) members += members_in(element);
  }
  return members;
}

boost::json::value parse(std::string_view text, boost::json::storage_ptr storage,
                         const std::string& name, bool names_duplicates = false) {
  boost::json::parse_options options;
  options.max_depth = kNestingLimit;
  boost::json::basic_parser<DocumentBuilder> parser(options, storage, names_duplicates);
  boost::json::error_code error;
  const size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error && names_duplicates) {
    throw TokenizerError(name + ": the key '" + parser.handler().duplicate() +
                         "' is there twice in one object, the second time before byte " +
                         std::to_string(read));
  }
  if (error) {
    throw TokenizerError(name + ": not valid JSON at byte " + std::to_string(read) + ": " +
                         error.message());
  }
  if (const size_t rest = text.find_first_not_of(kJsonSpace, read); rest != text.npos) {
    throw TokenizerError(name + ": more text after the document at byte " + std::to_string(rest));
  }
  boost::json::value value = parser.handler().release();
  if (members_in(value) != parser.handler().members()) parse(text, storage, name, true);
  return value;
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
