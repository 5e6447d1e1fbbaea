// How jobs and pipelines look in answers and requests.
#pragma once

#include "serve/jobs/job_queue.h"
#include "serve/shape.h"

namespace lmos::serve {

Shape job_shape();
Json job_json(const JobView& view);

// {"pipeline"} or {"name"}, with "set".
Shape job_body();
// {"set"}
Shape set_body();
// "key.path=value" each, from the object "set" of such a body.
std::vector<std::string> settings_of(const Json& body);

// {"object": "list", "data": [...], "has_more"}
Shape list_shape(Shape element);
Json list_json(Json::Array data, bool has_more);

}  // namespace lmos::serve
