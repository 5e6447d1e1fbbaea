// What /v1/embeddings and /v1/classify promise.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "formats/json_text.h"
#include "serve/daemon_process.h"
#include "serve/tiny_classifier.h"

namespace lmos::test {
namespace {

using Vector = std::vector<double>;

class Encoders : public testing::Test {
 protected:
  static void SetUpTestSuite() { classifier_ = new TinyClassifier; }
  static void TearDownTestSuite() { delete classifier_; }

  Encoders()
      : daemon_(classifier_->path(),
                {"{name: bert, path: " + path() + ", backend: {threads: 1}}",
                 "{name: unit, path: " + path() +
                     ", embedding: {pooling: cls, normalize: true}, backend: {threads: 2}}"},
                {}) {
    daemon_.wait_until_ready();
  }

  static std::string path() { return classifier_->path().string(); }

  Response ask(const std::string& route, const std::string& body) {
    HttpClient client(daemon_.port());
    return client.post(route, body);
  }
  Json answer(const std::string& route, const std::string& body) {
    const Response response = ask(route, body);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.json();
  }

  static Vector vector_of(const Json& json, size_t index) {
    Vector vector;
    const Json& item = json.at("data", "").as_array("").at(index);
    EXPECT_EQ(item.at("index", "").as_uint64(""), index);
    for (const Json& value : item.at("embedding", "").as_array(""))
      vector.push_back(value.as_double(""));
    return vector;
  }

  // By the command line.
  static std::vector<Vector> embed(const std::vector<std::string>& texts,
                                   const std::vector<std::string>& options) {
    const TemporaryFolder folder;
    std::string lines;
    for (const std::string& text : texts) lines += "{\"text\": \"" + text + "\"}\n";
    write_text(folder / "in.jsonl", lines);
    std::vector<std::string> words = {"embed",
                                      "--model",
                                      path(),
                                      "--input",
                                      (folder / "in.jsonl").string(),
                                      "--output",
                                      (folder / "out.jsonl").string()};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = llmasos(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    std::vector<Vector> vectors;
    std::istringstream out(read_text(folder / "out.jsonl"));
    for (std::string line; std::getline(out, line);) {
      Vector& vector = vectors.emplace_back();
      const Json json = parse_json(line, "out");
      for (const Json& value : json.at("embedding", "").as_array(""))
        vector.push_back(value.as_double(""));
    }
    return vectors;
  }

  static TinyClassifier* classifier_;
  DaemonProcess daemon_;
};

TinyClassifier* Encoders::classifier_ = nullptr;

// Of very different lengths, up to more than a page of text.
std::vector<std::string> many_texts() {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) {
    std::string text;
    for (int word = 0; word <= (i * 7) % 23; ++word)
      text += std::string(static_cast<size_t>(1 + (i + word) % 5),
                          static_cast<char>('a' + (i + 3 * word) % 26)) +
              " ";
    texts.push_back(text);
  }
  return texts;
}

std::string body_of(const std::string& model, const std::vector<std::string>& texts,
                    const std::string& more = "") {
  return R"({"model": ")" + model + R"(", "input": )" +
         compact_json(Json(Json::Array(texts.begin(), texts.end()))) + more + "}";
}

TEST_F(Encoders, TellTheNumbersOfTheCommandLineBitForBitWhateverRunsBeside) {
  const std::vector<std::string> texts = many_texts();
  const std::vector<Vector> means = embed(texts, {});
  const std::vector<Vector> units = embed(texts, {"--pooling", "cls", "--normalize"});
  ASSERT_EQ(means.size(), texts.size());

  const Json together = answer("/v1/embeddings", body_of("bert", texts));
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(vector_of(together, i), means[i]) << i;

  std::vector<std::thread> clients;
  for (size_t client = 0; client < 4; ++client)
    clients.emplace_back([&, client] {
      for (size_t i = client; i < texts.size(); i += 4) {
        EXPECT_EQ(vector_of(answer("/v1/embeddings", body_of("bert", {texts[i]})), 0), means[i]);
        EXPECT_EQ(vector_of(answer("/v1/embeddings", body_of("unit", {texts[i]})), 0), units[i]);
      }
    });
  for (std::thread& client : clients) client.join();
}

TEST_F(Encoders, WriteVectorsAsBase64AndShorterOnes) {
  const Vector whole = vector_of(answer("/v1/embeddings", body_of("bert", {"abc def"})), 0);
  const Json json =
      answer("/v1/embeddings", body_of("bert", {"abc def"}, R"(, "encoding_format": "base64")"));
  const std::string text = json.at("data", "").as_array("")[0].at("embedding", "").as_string("");
  ASSERT_EQ(text.size(), (whole.size() * 4 + 2) / 3 * 4);
  std::string bytes;
  uint32_t bits = 0, count = 0;
  for (const char character : text.substr(0, text.find('='))) {
    static const std::string kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bits = bits << 6 | static_cast<uint32_t>(kDigits.find(character));
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8));
  }
  for (size_t i = 0; i < whole.size(); ++i) {
    float value = 0;
    std::memcpy(&value, bytes.data() + 4 * i, 4);
    EXPECT_EQ(static_cast<double>(value), whole[i]);
  }

  const Vector shorter =
      vector_of(answer("/v1/embeddings", body_of("bert", {"abc def"}, R"(, "dimensions": 4)")), 0);
  ASSERT_EQ(shorter.size(), 4u);
  double squares = 0;
  for (const double value : shorter) squares += value * value;
  EXPECT_NEAR(squares, 1, 1e-6);
  EXPECT_NEAR(shorter[0] / shorter[1], whole[0] / whole[1], 1e-4);
}

TEST_F(Encoders, ReadTokensAsTheyAreAndCountThem) {
  const Json tokens = answer("/tokenize", R"({"model": "bert", "prompt": "abc"})");
  const std::string ids = compact_json(tokens.at("tokens", ""));
  const Json of_text = answer("/v1/embeddings", R"({"model": "bert", "input": "abc"})");
  const Json of_ids = answer("/v1/embeddings", R"({"model": "bert", "input": )" + ids + "}");
  const Json of_both =
      answer("/v1/embeddings", R"({"model": "bert", "input": [)" + ids + "," + ids + "]}");
  EXPECT_EQ(vector_of(of_ids, 0), vector_of(of_text, 0));
  EXPECT_EQ(vector_of(of_both, 1), vector_of(of_text, 0));
  const int64_t count = tokens.at("count", "").as_int64("");
  EXPECT_EQ(of_text.at("usage", "").at("prompt_tokens", "").as_int64(""), count);
  EXPECT_EQ(of_both.at("usage", "").at("total_tokens", "").as_int64(""), 2 * count);
}

TEST_F(Encoders, ClassifyTextsAndPairs) {
  const std::vector<std::string> texts = many_texts();
  const Json together = answer("/v1/classify", body_of("bert", texts));
  for (size_t i = 0; i < texts.size(); ++i) {
    const Json& item = together.at("data", "").as_array("").at(i);
    const auto& labels = item.at("labels", "").as_array("");
    ASSERT_EQ(labels.size(), 3u);
    double sum = 0, largest = 0;
    for (const Json& label : labels) {
      sum += label.at("probability", "").as_double("");
      largest = std::max(largest, label.at("probability", "").as_double(""));
    }
    EXPECT_NEAR(sum, 1, 1e-6);
    EXPECT_EQ(item.at("probability", "").as_double(""), largest);
    EXPECT_EQ(item.at("label", "").as_string("").substr(0, 6), "LABEL_");
    if (i % 5 > 0) continue;
    const Json alone = answer("/v1/classify", body_of("bert", {texts[i]}));
    EXPECT_EQ(compact_json(alone.at("data", "").as_array("")[0].at("labels", "")),
              compact_json(item.at("labels", "")));
  }
  const Json pair =
      answer("/v1/classify", R"({"model": "bert", "input": "abc", "second_input": "xyz"})");
  // [CLS] a ##b ##c [SEP] x ##y ##z [SEP]
  EXPECT_EQ(pair.at("usage", "").at("prompt_tokens", "").as_int64(""), 9);
}

TEST_F(Encoders, RefuseWhatTheyCantRead) {
  const std::string longest =
      R"({"model": "bert", "input": ")" + std::string(99, 'a') + " " + std::string(99, 'b') + "\"";
  const Response too_long = ask("/v1/embeddings", longest + "}");
  EXPECT_EQ(too_long.status, 400);
  EXPECT_EQ(too_long.json().at("error", "").at("param", "").as_string(""), "input");
  EXPECT_EQ(ask("/v1/embeddings", longest + R"(, "truncate": true})").status, 200);
  for (const char* body :
       {R"({"model": "bert"})", R"({"model": "bert", "input": []})",
        R"({"model": "bert", "input": [[]]})", R"({"model": "bert", "input": 7})",
        R"({"model": "bert", "input": [320]})", R"({"model": "bert", "input": [-1]})",
        R"({"model": "bert", "input": "a", "dimensions": 0})",
        R"({"model": "bert", "input": "a", "dimensions": 65})",
        R"({"model": "bert", "input": "a", "encoding_format": "hex"})",
        R"({"model": "bert", "input": ["a", 1]})"})
    EXPECT_EQ(ask("/v1/embeddings", body).status, 400) << body;
  EXPECT_EQ(
      ask("/v1/classify", R"({"model": "bert", "input": "a", "second_input": ["b", "c"]})").status,
      400);
  EXPECT_EQ(ask("/v1/completions", R"({"model": "bert", "prompt": "a"})").status, 400);
  EXPECT_EQ(ask("/v1/embeddings", R"({"model": "none", "input": "a"})").status, 404);
}

TEST(Backends, NameAMistakeWithItsPlaceInTheFile) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "model");
  DaemonProcess daemon(folder / "model",
                       {"{name: tiny, path: " + (folder / "model").string() +
                        ", backend: {threads: 1, batch_invariant: 7}}"},
                       {});
  EXPECT_TRUE(daemon.program().wait_for("is not started again")) << daemon.program().seen();
  EXPECT_NE(daemon.program().seen().find("llmasosd.yaml:5:"), std::string::npos);
  EXPECT_NE(daemon.program().seen().find("batch_invariant: expected true or false"),
            std::string::npos);
}

TEST(Generators, RefuseToEmbed) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  HttpClient client(daemon.port());
  const Response response = client.post("/v1/embeddings", R"({"model": "tiny", "input": "a"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("writes texts"), std::string::npos) << response.body;
}

}  // namespace
}  // namespace lmos::test
