#include "serve/encode_call.h"

#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>

#include "formats/little_endian.h"
#include "serve/answer.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

using Clock = std::chrono::steady_clock;

std::string base64_of(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) append_little_endian(value, bytes);
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // with the end that OpenSSL writes
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

void shorten(std::vector<float>& vector, size_t dimensions) {
  vector.resize(dimensions);
  const double norm =
      std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
  for (float& value : vector)
    if (norm > 0) value = static_cast<float>(value / norm);
}

class EncodeCall final : public RequestEvents {
 public:
  EncodeCall(std::shared_ptr<HttpExchange> exchange, EncodeRequest request, ServedModel& model,
             Tenant tenant)
      : exchange_(std::move(exchange)),
        request_(std::move(request)),
        model_(model),
        tenant_(std::move(tenant)),
        results_(request_.encode.inputs.size()),
        left_(results_.size()) {}

  static void start(const std::shared_ptr<EncodeCall>& call) {
    wire::Encode encode = std::move(call->request_.encode);
    encode.tenant = call->tenant_.id;
    const uint64_t id = call->model_.encode(std::move(encode), call);
    call->exchange_->on_gone([weak = std::weak_ptr(call), id] {
      const auto gone = weak.lock();
      if (!gone || gone->over_) return;
      gone->model_.cancel(id);
      gone->end("cancelled");
    });
  }

  void on_message(const wire::Message& message) override {
    if (over_) return;
    if (const auto* answer = std::get_if<wire::EncodeAnswer>(&message)) {
      take(*answer);
    } else if (const auto* accepted = std::get_if<wire::Accepted>(&message)) {
      tokens_ = accepted->prompt_tokens;
      model_.metrics().prompt_tokens += static_cast<uint64_t>(tokens_);
      if (tenant_.charge) tenant_.charge(tokens_);
    } else if (const auto* refused = std::get_if<wire::Refused>(&message)) {
      end("refused");
      respond_error(*exchange_, refusal_error(*refused));
    }
  }

  void on_lost(const std::string&) override {
    if (over_) return;
    end("failed");
    respond_error(*exchange_, lost_error());
  }

 private:
  void take(const wire::EncodeAnswer& answer) {
    // A number that the worker should not have sent counts as an answer all the same.
    if (answer.index < results_.size()) results_[answer.index] = answer.values;
    model_.metrics().queue.observe(answer.queue_seconds);
    if (--left_ > 0) return;
    end("ok");
    Json::Array data;
    for (size_t i = 0; i < results_.size(); ++i)
      data.push_back(request_.encode.task == wire::EncodeTask::kEmbed ? embedding(i)
                                                                      : classification(i));
    Json usage = Json::Object();
    usage.set("prompt_tokens", tokens_);
    usage.set("total_tokens", tokens_);
    Json json = Json::Object();
    json.set("object", "list");
    json.set("data", std::move(data));
    json.set("model", request_.model);
    json.set("usage", std::move(usage));
    respond_json(*exchange_, json);
  }

  Json embedding(size_t index) {
    std::vector<float>& vector = results_[index];
    if (request_.dimensions > 0) shorten(vector, static_cast<size_t>(request_.dimensions));
    Json json = Json::Object();
    json.set("object", "embedding");
    json.set("index", index);
    if (request_.base64) {
      json.set("embedding", base64_of(vector));
    } else {
      Json::Array values;
      for (const float value : vector) values.push_back(static_cast<double>(value));
      json.set("embedding", std::move(values));
    }
    return json;
  }

  Json classification(size_t index) const {
    const std::vector<float>& shares = results_[index];
    const std::vector<std::string>& names = model_.info().labels;
    Json::Array labels;
    for (size_t i = 0; i < std::min(shares.size(), names.size()); ++i) {
      Json label = Json::Object();
      label.set("label", names[i]);
      label.set("probability", static_cast<double>(shares[i]));
      labels.push_back(std::move(label));
    }
    const auto likeliest = static_cast<size_t>(std::ranges::max_element(shares) - shares.begin());
    Json json = Json::Object();
    json.set("object", "classification");
    json.set("index", index);
    json.set("label", likeliest < names.size() ? names[likeliest] : "");
    json.set("probability",
             likeliest < shares.size() ? static_cast<double>(shares[likeliest]) : 0.0);
    json.set("labels", std::move(labels));
    return json;
  }

  void end(const char* outcome) {
    over_ = true;
    ++model_.metrics().requests[outcome];
    const std::chrono::duration<double> seconds = Clock::now() - arrived_;
    model_.metrics().request.observe(seconds.count());
  }

  const Clock::time_point arrived_ = Clock::now();
  const std::shared_ptr<HttpExchange> exchange_;
  EncodeRequest request_;
  ServedModel& model_;
  const Tenant tenant_;
  std::vector<std::vector<float>> results_;
  size_t left_;
  int64_t tokens_ = 0;
  bool over_ = false;
};

}  // namespace

void start_encode(std::shared_ptr<HttpExchange> exchange, EncodeRequest request, ServedModel& model,
                  Tenant tenant) {
  model.check_encodes(request.encode.task);
  if (request.dimensions > model.info().embed)
    throw invalid_request(
        "dimensions: the model's vectors have " + std::to_string(model.info().embed) + " values",
        "dimensions");
  EncodeCall::start(std::make_shared<EncodeCall>(std::move(exchange), std::move(request), model,
                                                 std::move(tenant)));
}

}  // namespace lmos::serve
