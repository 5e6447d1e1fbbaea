#include "serve/load_request.h"

#include "errors/error.h"
#include "pipeline/json_tree.h"
#include "serve/api_error.h"
#include "serve/config.h"

namespace lmos::serve {
namespace {

Shape shape_of(const Field& field) {
  switch (field.type) {
    case FieldType::kBool:
      return Shape::boolean();
    case FieldType::kInt:
      return Shape::integer(static_cast<int64_t>(field.minimum.value_or(0)),
                            static_cast<int64_t>(field.maximum.value_or(1e9)));
    case FieldType::kString:
      return field.choices.empty() ? Shape::text(field.non_empty ? 1 : 0)
                                   : Shape::choice(field.choices);
    case FieldType::kSection: {
      std::vector<ShapeField> fields;
      for (const Field& inner : field.fields)
        fields.push_back({inner.name, shape_of(inner), inner.doc, inner.required});
      return Shape::object(std::move(fields));
    }
    default:
      return Shape::map(Shape::anything());
  }
}

}  // namespace

Shape load_body() { return shape_of({.type = FieldType::kSection, .fields = model_fields()}); }

ConfigTree model_of_request(const Json& body) {
  Json present = Json::Object();
  // null is what an absent key is.
  for (const JsonMember& member : body.as_object("body"))
    if (!member.value.is_null()) present.set(member.key, member.value);
  try {
    return config_tree_from_json(present, "body");
  } catch (const Error& error) {
    throw invalid_request(error.what());
  }
}

}  // namespace lmos::serve
