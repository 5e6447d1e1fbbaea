// The routes of the daemon.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "serve/access.h"
#include "serve/config.h"
#include "serve/http_exchange.h"
#include "serve/model_table.h"

namespace lmos::serve {

// On the loop's thread only.
class Api {
 public:
  // All outlive it.
  Api(const Config& config, ModelTable& models, Access& access);

  // Answers at once or later, with an error if there is nothing else; never throws.
  void handle(const std::shared_ptr<HttpExchange>& exchange);
  // From now on, no new work: /readyz and requests to models answer 503.
  void drain() { draining_ = true; }

 private:
  using Exchange = std::shared_ptr<HttpExchange>;
  struct Route {
    const char* method;
    const char* path;  // one that ends in '/' stands for all below it
    bool open;         // without an API key
    void (Api::*run)(const Exchange&, const Tenant&);
  };
  static const Route kRoutes[];

  const Route& find_route(const HttpRequest& request) const;
  void health(const Exchange& exchange, const Tenant&);
  void readiness(const Exchange& exchange, const Tenant&);
  void list_models(const Exchange& exchange, const Tenant&);
  void show_model(const Exchange& exchange, const Tenant&);
  void complete(const Exchange& exchange, const Tenant& tenant);
  void tokenize(const Exchange& exchange, const Tenant&);
  void detokenize(const Exchange& exchange, const Tenant&);
  void show_metrics(const Exchange& exchange, const Tenant&);
  void check_not_draining() const;

  const Config& config_;
  ModelTable& models_;
  Access& access_;
  const int64_t started_;  // seconds since 1970
  bool draining_ = false;
  std::map<int, uint64_t> errors_;  // answers by status, from 400 on
};

}  // namespace lmos::serve
