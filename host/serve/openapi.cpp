#include "serve/openapi.h"

namespace lmos::serve {
namespace {

Json object_of(std::initializer_list<JsonMember> members) { return Json::Object(members); }

Json content_of(const std::string& type, Json schema) {
  return object_of({{type, object_of({{"schema", std::move(schema)}})}});
}

Json text_schema() { return object_of({{"type", "string"}}); }

Json parameter_of(const std::string& name, const char* place, bool required, const Shape& shape,
                  const std::string& doc) {
  Json json = object_of({{"name", name}, {"in", place}, {"required", required}});
  if (!doc.empty()) json.set("description", doc);
  json.set("schema", shape.schema());
  return json;
}

Json parameters_of(const Route& route) {
  Json::Array parameters;
  const size_t open = route.path.find('{');
  if (open != std::string::npos) {
    const std::string name = route.path.substr(open + 1, route.path.find('}') - open - 1);
    parameters.push_back(parameter_of(name, "path", true, Shape::text(1), ""));
  }
  for (const ShapeField& field : route.query)
    parameters.push_back(parameter_of(field.name, "query", field.required, field.shape, field.doc));
  return parameters;
}

Json responses_of(const Route& route) {
  Json content = route.answer ? content_of(route.content_type, route.answer->schema())
                              : content_of(route.content_type, text_schema());
  // OpenAPI 3.1 has no words for what an event holds.
  if (route.events) content.set("text/event-stream", Json::Object());
  Json responses = Json::Object();
  responses.set(std::to_string(route.status),
                object_of({{"description", "The answer."}, {"content", std::move(content)}}));
  const Json schema = object_of({{"$ref", "#/components/schemas/Error"}});
  responses.set("default", object_of({{"description", "What went wrong."},
                                      {"content", content_of("application/json", schema)}}));
  return responses;
}

Json operation_of(const Route& route, bool keys) {
  Json json = object_of({{"summary", route.summary}});
  Json parameters = parameters_of(route);
  if (!parameters.as_array("").empty()) json.set("parameters", std::move(parameters));
  if (route.body)
    json.set("requestBody",
             object_of({{"required", true},
                        {"content", content_of("application/json", route.body->schema())}}));
  json.set("responses", responses_of(route));
  if (keys && !route.open) json.set("security", Json::Array{object_of({{"key", Json::Array()}})});
  return json;
}

}  // namespace

Shape error_shape() {
  const Shape text = Shape::text();
  return Shape::object({{"error",
                         Shape::object({{"message", text, "What, and what to do.", true},
                                        {"type", text, "", true},
                                        {"param", text.or_null(), "The field at fault.", true},
                                        {"code", text.or_null(), "For programs.", true}}),
                         "", true}});
}

Json openapi_document(const std::vector<Route>& routes, bool keys) {
  Json paths = Json::Object();
  for (const Route& route : routes) {
    if (!route.described) continue;
    Json path = paths.find(route.path) != nullptr ? *paths.find(route.path) : Json::Object();
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    path.set(method, operation_of(route, keys));
    paths.set(route.path, std::move(path));
  }
  Json components = object_of({{"schemas", object_of({{"Error", error_shape().schema()}})}});
  if (keys)
    components.set("securitySchemes",
                   object_of({{"key", object_of({{"type", "http"}, {"scheme", "bearer"}})}}));
  return object_of({{"openapi", "3.1.0"},
                    {"info", object_of({{"title", "LLMasOS"}, {"version", "1"}})},
                    {"paths", std::move(paths)},
                    {"components", std::move(components)}});
}

}  // namespace lmos::serve
