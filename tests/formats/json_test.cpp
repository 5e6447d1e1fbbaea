#include <cmath>
#include <cstring>
#include <limits>

#include "formats/json_text.h"
#include "scratch.h"

namespace lmos {
namespace {

using std::string_literals::operator""s;

std::string refusal(std::string_view text) {
  return error_message(ErrorKind::kInput, [&] { parse_json(text, "a.json"); });
}

TEST(Json, KeepsTheOrderOfMembers) {
  EXPECT_EQ(compact_json(parse_json(R"( {"z" : 1, "a": [true, false, null] , "m":{}} )", "a.json")),
            R"({"z":1,"a":[true,false,null],"m":{}})");
}

TEST(Json, IndentsByTwo) {
  Json json = Json::Object{{"a", Json::Array{1, "x"}}, {"b", Json::Object{}}, {"c", Json::Array{}}};
  EXPECT_EQ(indented_json(json),
            "{\n  \"a\": [\n    1,\n    \"x\"\n  ],\n  \"b\": {},\n  \"c\": []\n}\n");
}

TEST(Json, KeepsIntegersOf64Bits) {
  for (const char* text :
       {"0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615"})
    EXPECT_EQ(compact_json(parse_json(text, "a.json")), text);
  EXPECT_EQ(parse_json("18446744073709551615", "a.json").as_uint64("x"),
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Json(uint64_t{7}), Json(7));
}

TEST(Json, WritesDoublesShortestAndAsDoubles) {
  EXPECT_EQ(compact_json(Json::Array{1e-5, 1e-4, 500000.0, 0.1, -0.0, 1e300, 5e-324}),
            "[1e-05,0.0001,500000.0,0.1,-0.0,1e+300,5e-324]");
  EXPECT_EQ(compact_json(Json::Array{9999999999999998.0, 1e16}), "[9999999999999998.0,1e+16]");
}

TEST(Json, ReadsDoublesCorrectlyRounded) {
  // Numbers that a product of mantissa and power of ten gets wrong in the last place.
  for (const char* text :
       {"2.2250738585072014e-308", "7.2057594037927933e16", "1.7976931348623157e308",
        "9007199254740993.0", "0.1", "123456789012345678901234567890"})
    EXPECT_EQ(parse_json(text, "a.json").as_double("x"), std::strtod(text, nullptr)) << text;
  EXPECT_EQ(parse_json("1e-999", "a.json").as_double("x"), 0.0);
}

TEST(Json, RoundTripsEveryFiniteDouble) {
  uint64_t bits = 88172645463325252u;
  for (int i = 0; i < 100000; ++i) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    double number;
    std::memcpy(&number, &bits, sizeof number);
    if (!std::isfinite(number)) continue;
    EXPECT_EQ(parse_json(compact_json(number), "a.json").as_double("x"), number);
  }
}

TEST(Json, RoundTripsStrings) {
  std::string text = "quote\" slash\\ line\n tab\t nul\0 escape\x1b é 中 😀"s;
  EXPECT_EQ(parse_json(compact_json(text), "a.json").as_string("x"), text);
  EXPECT_EQ(parse_json(R"("\u0041\ud83d\ude00\/")", "a.json").as_string("x"), "A😀/");
}

TEST(Json, SaysLineAndColumn) {
  expect_contains(refusal("{\n  \"é\": tru\n}"), "a.json:2:8: not valid JSON");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "[1 2]", "nul", "NaN", "01", "1.", "+1", "'a'",
        "[1] x", "// c\n1", "\xef\xbb\xbf[]", "\"\n\"", "\"\\x\"", "\"a"})
    expect_contains(refusal(text), "a.json:");
}

TEST(Json, RefusesInvalidUtf8AndLoneSurrogates) {
  for (const char* text : {"\"\xc3\x28\"", "\"\xff\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"", "\"\\ud800\"", "\"\\udc00x\""})
    expect_contains(refusal(text), "a.json:1:");
}

TEST(Json, RefusesDuplicateKeys) {
  expect_contains(refusal("{\"a\": 1,\n \"b\": 2, \"\\u0061\": 3}"), "a.json:2:");
  expect_contains(refusal("{\"a\": {\"k\": 1, \"k\": 2}}"), "duplicate key \"k\"");
  parse_json("{\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}", "a.json");
}

TEST(Json, RefusesDeepNesting) {
  auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  parse_json(nested(kMaxJsonDepth), "a.json");
  expect_contains(refusal(nested(kMaxJsonDepth + 1)), "nested deeper than 64 levels");
  expect_contains(refusal(std::string(1 << 20, '[')), "nested deeper");
}

TEST(Json, RefusesTooManyValuesAndNumbersOutOfRange) {
  std::string many = "[0";
  for (size_t i = 0; i < kMaxJsonValues; ++i) many += ",0";
  expect_contains(refusal(many + "]"), "more than 4000000 values");
  expect_contains(refusal("[1e400]"), "out of range");
  expect_contains(refusal("[-1e99999999999]"), "a.json:1:");
}

TEST(Json, NamesWhereAValueHasTheWrongType) {
  Json json = parse_json(R"({"n": "eight", "u": -1, "f": 1.5})", "a.json");
  auto message = [&](auto action) { return error_message(ErrorKind::kInput, action); };
  EXPECT_EQ(message([&] { json.at("n", "a.json").as_int64("a.json: \"n\""); }),
            "a.json: \"n\": expected an integer, found \"eight\"");
  EXPECT_EQ(message([&] { json.at("u", "a.json").as_uint64("u"); }),
            "u: expected an integer that is not negative, found -1");
  EXPECT_EQ(message([&] { json.at("f", "a.json").as_int64("f"); }),
            "f: expected an integer, found 1.5");
  EXPECT_EQ(message([&] { json.at("absent", "a.json"); }), "a.json: \"absent\" is missing");
  EXPECT_EQ(message([&] { json.as_array("a.json"); }),
            "a.json: expected an array, found an object");
}

TEST(Json, KeepsControlCharactersOfAFileOutOfMessages) {
  std::string message = error_message(ErrorKind::kInput, [] {
    Json(std::string("\x1b[31m") + std::string(1000, 'x')).as_bool("a.json");
  });
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(message.size(), 200u);
}

TEST(Json, SetsMembers) {
  Json json = Json::Object{{"a", 1}, {"b", 2}};
  json.set("a", "x");
  json.set("c", true);
  EXPECT_EQ(compact_json(json), R"({"a":"x","b":2,"c":true})");
}

TEST(Json, DoesNotWriteWhatJsonCannotExpress) {
  error_message(ErrorKind::kInternal, [] { compact_json(std::nan("")); });
  error_message(ErrorKind::kInternal,
                [] { compact_json(std::numeric_limits<double>::infinity()); });
}

}  // namespace
}  // namespace lmos
