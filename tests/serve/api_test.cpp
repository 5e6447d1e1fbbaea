// What clients of the API rely on.
#include <gtest/gtest.h>

#include <cstdlib>

#include "formats/json_text.h"
#include "serve/daemon_process.h"

namespace lmos::test {
namespace {

class Api : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    daemon_ = new DaemonProcess({"limits.n=4", "limits.prompts=4"});
    daemon_->wait_until_ready();
  }
  static void TearDownTestSuite() { delete daemon_; }

  static Json post(const std::string& path, const std::string& body, int status = 200) {
    const Response response = HttpClient(daemon_->port()).post(path, body);
    EXPECT_EQ(response.status, status) << response.body;
    return response.json();
  }
  static Json complete(const std::string& fields) {
    return post("/v1/completions", R"({"model":"tiny","temperature":0,)" + fields + "}");
  }
  static std::string text_of(const Json& answer, size_t choice = 0) {
    return answer.at("choices", "").as_array("").at(choice).at("text", "").as_string("");
  }
  static int64_t count_of(const Json& answer, const char* what) {
    return answer.at("usage", "").at(what, "").as_int64("");
  }

  static DaemonProcess* daemon_;
};
DaemonProcess* Api::daemon_ = nullptr;

// The JSON of each event but the last, which is [DONE].
std::vector<Json> events(const std::string& body) {
  std::vector<Json> all;
  size_t at = 0;
  for (;;) {
    const size_t end = body.find("\n\n", at);
    if (end == std::string::npos) break;
    const std::string line = body.substr(at, end - at);
    EXPECT_TRUE(line.starts_with("data: ")) << line;
    if (line != "data: [DONE]") all.push_back(parse_json(line.substr(6), "event"));
    at = end + 2;
  }
  EXPECT_TRUE(body.ends_with("data: [DONE]\n\n"));
  return all;
}

TEST_F(Api, StreamsTheTextThatItAnswersAtOnce) {
  const std::string fields = R"("prompt":["hello","wo"],"n":2,"max_tokens":24)";
  const Json whole = complete(fields);
  EXPECT_EQ(whole.at("choices", "").as_array("").size(), 4u);
  EXPECT_EQ(count_of(whole, "prompt_tokens"), 7);
  const Response response = HttpClient(daemon_->port())
                                .complete(R"({"model":"tiny","temperature":0,"stream":true,)"
                                          R"("stream_options":{"include_usage":true},)" +
                                          fields + "}");
  EXPECT_EQ(response.headers.at("content-type"), "text/event-stream");
  std::vector<std::string> texts(4), reasons(4);
  const std::vector<Json> all = events(response.body);
  for (const Json& event : all) {
    EXPECT_EQ(event.at("id", ""), all.front().at("id", ""));
    for (const Json& choice : event.at("choices", "").as_array("")) {
      const auto index = choice.at("index", "").as_uint64("");
      texts.at(index) += choice.at("text", "").as_string("");
      EXPECT_EQ(reasons.at(index), "") << "after its end";
      if (!choice.at("finish_reason", "").is_null())
        reasons.at(index) = choice.at("finish_reason", "").as_string("");
    }
  }
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(texts[i], text_of(whole, i));
    EXPECT_NE(reasons[i], "");
  }
  EXPECT_EQ(all.back().at("usage", ""), whole.at("usage", ""));
}

TEST_F(Api, ASeedGivesTheSameTextsAndNContinuationsDiffer) {
  const std::string body =
      R"({"model":"tiny","prompt":"abc","n":3,"seed":7,"max_tokens":16,"temperature":1.5})";
  const Json first = post("/v1/completions", body), second = post("/v1/completions", body);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(text_of(first, i), text_of(second, i));
  EXPECT_NE(text_of(first, 0), text_of(first, 1));
}

TEST_F(Api, StopStringsLengthsAndEchoShapeTheText) {
  const std::string text = text_of(complete(R"("prompt":"hello","max_tokens":12)"));
  ASSERT_GE(text.size(), 4u);
  const Json echoed = complete(R"("prompt":"hello","max_tokens":12,"echo":true)");
  EXPECT_EQ(text_of(echoed), "hello" + text);
  const std::string stop = text.substr(2, 2);
  Json fields = Json::Object();
  fields.set("stop", stop);
  const Json stopped = complete(R"("prompt":"hello","max_tokens":12,)" +
                                compact_json(fields).substr(1, compact_json(fields).size() - 2));
  EXPECT_EQ(text_of(stopped), text.substr(0, text.find(stop)));
  EXPECT_EQ(stopped.at("choices", "").as_array("")[0].at("finish_reason", ""), Json("stop"));
  EXPECT_EQ(count_of(complete(R"("prompt":"hello","max_tokens":5)"), "completion_tokens"), 5);
}

TEST_F(Api, LogprobsNameTheTokensOfTheText) {
  const Json answer = complete(R"("prompt":"hello","max_tokens":6,"logprobs":3)");
  const Json& choice = answer.at("choices", "").as_array("")[0];
  const Json& logprobs = choice.at("logprobs", "");
  std::string text;
  for (const Json& token : logprobs.at("tokens", "").as_array("")) text += token.as_string("");
  EXPECT_EQ(text, choice.at("text", "").as_string(""));
  EXPECT_EQ(logprobs.at("tokens", "").as_array("").size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    const Json& top = logprobs.at("top_logprobs", "").as_array("")[i];
    EXPECT_EQ(top.as_object("").size(), 3u);
    const Json& token = logprobs.at("tokens", "").as_array("")[i];
    EXPECT_EQ(top.at(token.as_string(""), ""), logprobs.at("token_logprobs", "").as_array("")[i]);
  }
}

TEST_F(Api, EchoTellsHowLikelyThePromptWas) {
  const Json logprobs = complete(R"("prompt":"hello you","max_tokens":0,"logprobs":2,"echo":true)")
                            .at("choices", "")
                            .as_array("")[0]
                            .at("logprobs", "");
  const auto& tokens = logprobs.at("tokens", "").as_array("");
  const auto& values = logprobs.at("token_logprobs", "").as_array("");
  ASSERT_EQ(tokens.size(), 9u);
  ASSERT_EQ(values.size(), 9u);
  EXPECT_TRUE(values[0].is_null());
  EXPECT_TRUE(logprobs.at("top_logprobs", "").as_array("")[0].is_null());
  // The same as that of the token where a bias forces it on the text before it.
  for (size_t i = 1; i < 9; ++i) {
    const std::string before = std::string("hello you").substr(0, i);
    const int id = 3 + std::string("hello you")[i] - ' ';
    const Json forced = complete("\"prompt\":\"" + before + R"(","max_tokens":1,"logprobs":0)" +
                                 R"(,"logit_bias":{")" + std::to_string(id) + "\":100}");
    EXPECT_EQ(forced.at("choices", "")
                  .as_array("")[0]
                  .at("logprobs", "")
                  .at("token_logprobs", "")
                  .as_array("")[0],
              values[i])
        << i;
    EXPECT_EQ(logprobs.at("text_offset", "").as_array("")[i], Json(i));
  }
}

TEST_F(Api, EchoTellsWhatEvaluationComputes) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "model");
  const std::string text = "It was the best of times, it was the worst of times.";
  write_text(folder / "text.txt", text);
  const Outcome outcome = llmasos({"evaluate", "--model", (folder / "model").string(), "--text",
                                   (folder / "text.txt").string(), "--threads", "1", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json evaluated = parse_json(outcome.out, "evaluate");
  // Evaluation scores the first token too, after the model's end of a text.
  Json::Array prompt = {Json(2)};
  for (const char character : text) prompt.push_back(Json(3 + character - ' '));
  const Json answer = complete("\"prompt\":" + compact_json(Json(prompt)) +
                               R"(,"max_tokens":0,"logprobs":0,"echo":true)");
  double loss = 0;
  int64_t tokens = 0;
  const Json& logprobs = answer.at("choices", "").as_array("")[0].at("logprobs", "");
  for (const Json& value : logprobs.at("token_logprobs", "").as_array("")) {
    if (value.is_null()) continue;
    loss -= value.as_double("");
    ++tokens;
  }
  EXPECT_EQ(Json(tokens), evaluated.at("tokens", ""));
  EXPECT_NEAR(loss / static_cast<double>(tokens), evaluated.at("loss", "").as_double(""), 1e-6);
}

TEST_F(Api, ALogitBiasForbidsAndForces) {
  const Json forced = complete(R"("prompt":"hello","max_tokens":4,"logit_bias":{"68":100})");
  EXPECT_EQ(text_of(forced), "aaaa");
  EXPECT_EQ(text_of(complete(R"("prompt":[75,72],"max_tokens":4,"logit_bias":{"68":100})")),
            "aaaa");
}

TEST_F(Api, TokenizesBothWays) {
  EXPECT_EQ(compact_json(post("/tokenize", R"({"model":"tiny","prompt":"ab"})")),
            R"({"tokens":[68,69],"count":2,"max_model_len":128})");
  EXPECT_EQ(compact_json(post("/detokenize", R"({"model":"tiny","tokens":[68,69]})")),
            R"({"prompt":"ab"})");
}

TEST_F(Api, TellsModelsHealthAndMetrics) {
  HttpClient client(daemon_->port());
  EXPECT_EQ(client.get("/healthz").body, "ok\n");
  const Json models = client.get("/v1/models").json();
  EXPECT_EQ(models.at("data", "").as_array("")[0].at("id", ""), Json("tiny"));
  EXPECT_EQ(client.get("/v1/models/tiny").status, 200);
  EXPECT_EQ(client.get("/v1/models/other").status, 404);
  complete(R"("prompt":"hello","max_tokens":4)");
  const std::string page = client.get("/metrics").body;
  for (const char* name :
       {"llmasos_time_to_first_token_seconds_bucket", "llmasos_time_per_output_token_seconds_count",
        "llmasos_queue_depth", "llmasos_queue_wait_seconds_sum", "llmasos_cache_tokens",
        "llmasos_new_tokens_total", "llmasos_worker_restarts_total"})
    EXPECT_NE(page.find(std::string(name) + "{model=\"tiny\""), std::string::npos) << name;
}

struct BadRequest {
  const char* body;
  int status;
  const char* parameter;  // "": none
};

class BadRequests : public Api, public testing::WithParamInterface<BadRequest> {};

TEST_P(BadRequests, AreRefusedWithTheFieldAtFault) {
  const Json error = post("/v1/completions", GetParam().body, GetParam().status).at("error", "");
  const Json& parameter = error.at("param", "");
  EXPECT_EQ(parameter.is_null() ? "" : parameter.as_string(""), GetParam().parameter)
      << GetParam().body;
  EXPECT_FALSE(error.at("message", "").as_string("").empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRequests,
    testing::Values(
        BadRequest{"", 400, ""}, BadRequest{"[]", 400, ""}, BadRequest{"{", 400, ""},
        BadRequest{"\"\xff\"", 400, ""}, BadRequest{"{}", 400, "model"},
        BadRequest{R"({"model":"tiny"})", 400, "prompt"},
        BadRequest{R"({"model":3,"prompt":"a"})", 400, "model"},
        BadRequest{R"({"model":"tin","prompt":"a"})", 404, "model"},
        BadRequest{R"({"model":"tiny","prompt":{}})", 400, "prompt"},
        BadRequest{R"({"model":"tiny","prompt":""})", 400, "prompt"},
        BadRequest{R"({"model":"tiny","prompt":[]})", 400, "prompt"},
        BadRequest{R"({"model":"tiny","prompt":["a","a","a","a","a"]})", 400, "prompt"},
        BadRequest{R"({"model":"tiny","prompt":["a",1]})", 400, "prompt.1"},
        BadRequest{R"({"model":"tiny","prompt":[320]})", 400, "prompt"},
        BadRequest{R"({"model":"tiny","prompt":[-1]})", 400, "prompt.0"},
        BadRequest{R"({"model":"tiny","prompt":[99999999999999999999]})", 400, "prompt.0"},
        BadRequest{R"({"model":"tiny","prompt":"a","max_tokens":0})", 400, "max_tokens"},
        BadRequest{R"({"model":"tiny","prompt":"a","max_tokens":128})", 400, "max_tokens"},
        BadRequest{R"({"model":"tiny","prompt":"a","max_tokens":1e400})", 400, ""},
        BadRequest{R"({"model":"tiny","prompt":"a","max_tokens":18446744073709551615})", 400,
                   "max_tokens"},
        BadRequest{R"({"model":"tiny","prompt":"a","max_tokens":1.5})", 400, "max_tokens"},
        BadRequest{R"({"model":"tiny","prompt":"a","n":0})", 400, "n"},
        BadRequest{R"({"model":"tiny","prompt":"a","n":5})", 400, "n"},
        BadRequest{R"({"model":"tiny","prompt":"a","best_of":2})", 400, "best_of"},
        BadRequest{R"({"model":"tiny","prompt":"a","temperature":-0.1})", 400, "temperature"},
        BadRequest{R"({"model":"tiny","prompt":"a","temperature":"hot"})", 400, "temperature"},
        BadRequest{R"({"model":"tiny","prompt":"a","top_p":0})", 400, "top_p"},
        BadRequest{R"({"model":"tiny","prompt":"a","top_k":-1})", 400, "top_k"},
        BadRequest{R"({"model":"tiny","prompt":"a","min_p":2})", 400, "min_p"},
        BadRequest{R"({"model":"tiny","prompt":"a","presence_penalty":3})", 400,
                   "presence_penalty"},
        BadRequest{R"({"model":"tiny","prompt":"a","seed":"x"})", 400, "seed"},
        BadRequest{R"({"model":"tiny","prompt":"a","logprobs":1000})", 400, "logprobs"},
        BadRequest{R"({"model":"tiny","prompt":"a","max_tokens":0,"echo":true})", 400,
                   "max_tokens"},
        BadRequest{R"({"model":"tiny","prompt":"a","stop":[""]})", 400, "stop.0"},
        BadRequest{R"({"model":"tiny","prompt":"a","stop":[1]})", 400, "stop.0"},
        BadRequest{R"({"model":"tiny","prompt":"a","stop":7})", 400, "stop"},
        BadRequest{R"({"model":"tiny","prompt":"a","logit_bias":[]})", 400, "logit_bias"},
        BadRequest{R"({"model":"tiny","prompt":"a","logit_bias":{"x":1}})", 400, "logit_bias"},
        BadRequest{R"({"model":"tiny","prompt":"a","logit_bias":{"1":101}})", 400, "logit_bias.1"},
        BadRequest{R"({"model":"tiny","prompt":"a","logit_bias":{"320":1}})", 400, "logit_bias"},
        BadRequest{R"({"model":"tiny","prompt":"a","stream":1})", 400, "stream"},
        BadRequest{R"({"model":"tiny","prompt":"a","stream_options":{}})", 400, "stream_options"},
        BadRequest{R"({"model":"tiny","prompt":"a","suffix":"b"})", 400, "suffix"},
        BadRequest{R"({"model":"tiny","prompt":"a","tempersture":1})", 400, "tempersture"}));

TEST_F(Api, APromptLongerThanTheContextIsRefused) {
  const Json error = post("/v1/completions",
                          R"({"model":"tiny","prompt":")" + std::string(5000, 'a') + "\"}", 400);
  EXPECT_EQ(error.at("error", "").at("param", ""), Json("prompt"));
}

TEST_F(Api, WhatStoriesContinueIsWhatTransformersSays) {
  const char* data = std::getenv("LLMASOS_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const std::string model = std::string(data) + "/models/stories260K";
  DaemonProcess stories({"folders=[" + model + "]", "models.0.path=" + model});
  stories.wait_until_ready();
  const Json expected = read_json_file(model + "/expected.json");
  for (const Json& story : expected.as_array("")) {
    Json body = Json::Object();
    body.set("model", "tiny");
    body.set("prompt", story.at("prompt", ""));
    body.set("temperature", 0);
    body.set("echo", true);
    body.set("max_tokens", story.at("greedy_ids", "").as_array("").size() -
                               story.at("prompt_ids", "").as_array("").size());
    const Response response = HttpClient(stories.port()).complete(compact_json(body));
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(text_of(response.json()), story.at("text", "").as_string(""));
  }
}

}  // namespace
}  // namespace lmos::test
