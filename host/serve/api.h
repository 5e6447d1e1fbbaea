// The routes for health, models and their work.
#pragma once

#include <string>
#include <vector>

#include "serve/config.h"
#include "serve/model_loader.h"
#include "serve/model_table.h"
#include "serve/route.h"
#include "serve/router.h"

namespace lmos::serve {

// On the loop's thread only.
class Api {
 public:
  // Adds its routes to the router. All outlive it, and the router runs no request once it is gone.
  Api(const Config& config, ModelTable& models, ModelLoader& loader, Router& router);

  // From now on, no new work: /readyz and requests to models answer 503.
  void drain() { draining_ = true; }

 private:
  using Handler = void (Api::*)(const RouteCall& call);
  std::vector<Route> health_routes();
  std::vector<Route> model_routes();
  std::vector<Route> generation_routes();
  std::vector<Route> encoder_routes();
  // A route's `run`; of those that need a model, `work` is true.
  std::function<void(const RouteCall&)> handler(Handler run, bool work = false);

  void health(const RouteCall& call);
  void readiness(const RouteCall& call);
  void show_metrics(const RouteCall& call);
  void describe(const RouteCall& call);
  void list_models(const RouteCall& call);
  void show_model(const RouteCall& call);
  void load_model(const RouteCall& call);
  void unload_model(const RouteCall& call);
  void complete(const RouteCall& call);
  void embed(const RouteCall& call);
  void classify(const RouteCall& call);
  void chat(const RouteCall& call);
  void respond(const RouteCall& call);
  void tokenize(const RouteCall& call);
  void detokenize(const RouteCall& call);

  const Config& config_;
  ModelTable& models_;
  ModelLoader& loader_;
  Router& router_;
  const int64_t started_;  // seconds since 1970
  bool draining_ = false;
};

}  // namespace lmos::serve
