#include "formats/generation_config.h"

#include "formats/quote.h"

namespace lmos {
namespace {

class Fields {
 public:
  Fields(const Json& object, const std::string& where) : object_(object), where_(where) {}

  void read(std::string_view key, std::optional<int64_t>& value) const {
    if (const Json* json = present(key)) value = json->as_int64(place(key));
  }
  void read(std::string_view key, std::optional<double>& value) const {
    if (const Json* json = present(key)) value = json->as_double(place(key));
  }
  void read(std::string_view key, std::optional<bool>& value) const {
    if (const Json* json = present(key)) value = json->as_bool(place(key));
  }
  // One id or an array of ids.
  void read(std::string_view key, std::vector<int64_t>& ids) const {
    const Json* json = present(key);
    if (!json) return;
    ids.clear();
    if (!json->is_array()) {
      ids.push_back(json->as_int64(place(key)));
      return;
    }
    for (const Json& id : json->as_array(place(key))) ids.push_back(id.as_int64(place(key)));
  }

 private:
  const Json* present(std::string_view key) const {
    const Json* json = object_.find(key);
    return json && !json->is_null() ? json : nullptr;
  }
  std::string place(std::string_view key) const { return where_ + ": " + quote_text(key); }

  const Json& object_;
  const std::string& where_;
};

void read_token_ids(const Fields& fields, GenerationConfig& result) {
  fields.read("eos_token_id", result.eos_token_ids);
  fields.read("bos_token_id", result.bos_token_id);
  fields.read("pad_token_id", result.pad_token_id);
}

}  // namespace

GenerationConfig parse_generation_config(const Json& generation, const Json& config,
                                         const std::string& where) {
  GenerationConfig result;
  std::string config_place = where + "/config.json";
  read_token_ids(Fields(config, config_place), result);
  if (generation.is_null()) return result;

  std::string place = where + "/generation_config.json";
  generation.as_object(place);
  Fields fields(generation, place);
  read_token_ids(fields, result);
  fields.read("do_sample", result.do_sample);
  fields.read("temperature", result.temperature);
  fields.read("top_p", result.top_p);
  fields.read("min_p", result.min_p);
  fields.read("top_k", result.top_k);
  fields.read("repetition_penalty", result.repetition_penalty);
  fields.read("max_new_tokens", result.max_new_tokens);
  return result;
}

}  // namespace lmos
