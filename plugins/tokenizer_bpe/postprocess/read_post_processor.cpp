#include "tokenizer_bpe/postprocess/post_processor.h"

namespace lmos::bpe {
namespace {

class Reader {
 public:
  explicit Reader(const std::function<bool(TokenId)>& has_token) : has_token_(has_token) {}

  void read(const JsonCursor& json) {
    const JsonCursor type_place = json.at("type");
    const std::string_view type = type_place.string();
    if (type == "Sequence") {
      const JsonCursor parts = json.at("processors");
      for (size_t i = 0; i < parts.size(); ++i) read(parts[i]);
    } else if (type == "TemplateProcessing") {
      read_template(json);
    } else if (type == "RobertaProcessing" || type == "BertProcessing") {
      surround({read_id(json.at("cls")[1])}, {read_id(json.at("sep")[1])});
    } else if (type != "ByteLevel") {  // which only moves offsets
      type_place.fail("post-processor '" + std::string(type) +
                      "' is not supported; supported are Sequence, TemplateProcessing, "
                      "RobertaProcessing, BertProcessing and ByteLevel");
    }
  }

  PostProcessor result;

 private:
  using Ids = std::vector<TokenId>;

  TokenId read_id(const JsonCursor& json) const {
    const uint64_t id = json.unsigned_integer();
    if (id >= kNoToken || !has_token_(static_cast<TokenId>(id)))
      json.fail("id " + std::to_string(id) + " is not in the vocabulary");
    return static_cast<TokenId>(id);
  }

  void append_special(Ids& ids, const JsonCursor& json, const JsonCursor& name) const {
    const JsonCursor tokens = json.at("special_tokens").at(name.string()).at("ids");
    for (size_t i = 0; i < tokens.size(); ++i) ids.push_back(read_id(tokens[i]));
  }

  void read_template(const JsonCursor& json) {
    const JsonCursor single = json.at("single");
    Ids before, after;
    bool seen_text = false;
    for (size_t i = 0; i < single.size(); ++i) {
      const JsonCursor piece = single[i];
      if (const std::optional<JsonCursor> special = piece.find("SpecialToken")) {
        append_special(seen_text ? after : before, json, special->at("id"));
      } else if (piece.at("Sequence").at("id").string() != "A" || seen_text) {
        piece.fail("a template for one text must hold sequence 'A' once and no other");
      } else {
        seen_text = true;
      }
    }
    if (!seen_text) single.fail("the template must hold sequence 'A'");
    surround(before, after);
  }

  void surround(const Ids& before, const Ids& after) {
    result.before.insert(result.before.begin(), before.begin(), before.end());
    result.after.insert(result.after.end(), after.begin(), after.end());
  }

  const std::function<bool(TokenId)>& has_token_;
};

}  // namespace

PostProcessor read_post_processor(const std::optional<JsonCursor>& json,
                                  const std::function<bool(TokenId)>& has_token) {
  Reader reader(has_token);
  if (json) reader.read(*json);
  return std::move(reader.result);
}

}  // namespace lmos::bpe
