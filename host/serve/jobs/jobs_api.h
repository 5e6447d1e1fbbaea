// The routes for jobs and declared pipelines.
#pragma once

#include <string>
#include <vector>

#include "serve/config.h"
#include "serve/jobs/job_queue.h"
#include "serve/route.h"
#include "serve/router.h"

namespace lmos::serve {

// On the loop's thread only. A job is visible to the key that made it, and to administrators.
class JobsApi {
 public:
  // Adds its routes to the router. All outlive it, and the router runs no request once it is gone.
  JobsApi(const Config& config, JobQueue& jobs, Router& router);

 private:
  using Handler = void (JobsApi::*)(const RouteCall& call);
  std::vector<Route> job_routes();
  std::vector<Route> pipeline_routes();
  std::function<void(const RouteCall&)> handler(Handler run);

  void submit(const RouteCall& call);
  void list(const RouteCall& call);
  void show(const RouteCall& call);
  void cancel(const RouteCall& call);
  void resume(const RouteCall& call);
  void show_logs(const RouteCall& call);
  void show_metrics(const RouteCall& call);
  void list_pipelines(const RouteCall& call);
  void show_pipeline(const RouteCall& call);
  void start_pipeline(const RouteCall& call);

  // ApiError (404) for a job that is not there, or not for this tenant to see.
  JobView visible(const RouteCall& call, const std::string& id) const;
  // Of a declared pipeline; ApiError (404) if there is none.
  std::string pipeline_text(const std::string& name) const;
  void submit(const RouteCall& call, JobRequest request);

  const Config& config_;
  JobQueue& jobs_;
};

}  // namespace lmos::serve
