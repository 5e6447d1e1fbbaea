#include "serve/jobs/job_shapes.h"

#include "formats/json_text.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

constexpr size_t kLongestPipeline = 1 << 20;
constexpr size_t kMostSettings = 1000;

template <class Value>
Json value_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json time_or_null(const std::optional<double>& seconds) {
  return seconds ? Json(static_cast<int64_t>(*seconds)) : Json();
}

Json progress_json(const JobView& view) {
  const StoredJob& job = view.job;
  if (!job.step) return {};
  Json progress = Json::Object();
  progress.set("step", *job.step);
  progress.set("steps", value_or_null(job.steps));
  progress.set("loss", value_or_null(job.loss));
  progress.set("tokens_per_second", value_or_null(view.tokens_per_second));
  progress.set("seconds_left", value_or_null(view.seconds_left));
  return progress;
}

Shape set_shape() { return Shape::map(Shape::anything(), kMostSettings); }

}  // namespace

Shape job_shape() {
  const Shape text = Shape::text(), count = count_shape(), number = Shape::any_number();
  const Shape progress =
      Shape::object({{"step", count, "Done: of training, or texts, or batches.", true},
                     {"steps", count.or_null(), "Of how many.", true},
                     {"loss", number.or_null(), "", true},
                     {"tokens_per_second", number.or_null(), "Null unless it runs.", true},
                     {"seconds_left", number.or_null(), "", true}});
  return Shape::object(
      {{"id", text, "", true},
       {"object", Shape::choice({"job"}), "", true},
       {"name", text, "", true},
       {"kind", text, "Of the pipeline.", true},
       {"status",
        Shape::choice({"queued", "running", "succeeded", "failed", "cancelled", "interrupted"}), "",
        true},
       {"created_at", count, "Seconds since 1970.", true},
       {"started_at", count.or_null(), "The first time.", true},
       {"finished_at", count.or_null(), "", true},
       {"progress", progress.or_null(), "Null before anything is known.", true},
       {"error", text.or_null(), "Why it failed, or was last restarted.", true},
       {"restarts", count, "After failures.", true}});
}

Json job_json(const JobView& view) {
  const StoredJob& job = view.job;
  Json json = Json::Object();
  json.set("id", job.id);
  json.set("object", "job");
  json.set("name", job.name);
  json.set("kind", job.kind);
  json.set("status", job_status_text(job.status));
  json.set("created_at", static_cast<int64_t>(job.created));
  json.set("started_at", time_or_null(job.started));
  json.set("finished_at", time_or_null(job.finished));
  json.set("progress", progress_json(view));
  json.set("error", job.error.empty() ? Json() : Json(job.error));
  json.set("restarts", job.restarts);
  return json;
}

Shape job_body() {
  return Shape::object(
      {{"pipeline", Shape::text(1, kLongestPipeline), "YAML. Either this or `name`."},
       {"name", Shape::text(1, 100), "Of a declared pipeline."},
       {"set", set_shape(), "Values in place of the pipeline's: {\"train.steps\": 100}."}});
}

Shape set_body() {
  return Shape::object(
      {{"set", set_shape(), "Values in place of the pipeline's: {\"train.steps\": 100}."}});
}

std::vector<std::string> settings_of(const Json& body) {
  std::vector<std::string> settings;
  if (const Json* set = given(body, "set"))
    for (const JsonMember& member : set->as_object("set"))
      settings.push_back(member.key + "=" + compact_json(member.value));
  return settings;
}

Shape list_shape(Shape element) {
  return Shape::object({{"object", Shape::choice({"list"}), "", true},
                        {"data", Shape::list(std::move(element)), "", true},
                        {"has_more", Shape::boolean(), "There is more than was asked for.", true}});
}

Json list_json(Json::Array data, bool has_more) {
  Json json = Json::Object();
  json.set("object", "list");
  json.set("data", std::move(data));
  json.set("has_more", has_more);
  return json;
}

}  // namespace lmos::serve
