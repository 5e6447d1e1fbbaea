// Frames and messages between llmasosd and its workers.
#include "wire/message.h"

#include <gtest/gtest.h>

#include "errors/error.h"
#include "wire/frame.h"

namespace lmos::wire {
namespace {

std::string framed(const Message& message) {
  std::string bytes;
  append_message(message, bytes);
  return bytes;
}

Message read_one(std::string_view bytes) {
  FrameReader reader;
  reader.push(bytes);
  const auto frame = reader.next();
  EXPECT_TRUE(frame.has_value());
  return read_message(frame->type, frame->payload, "test");
}

Submit a_submit() {
  Submit submit;
  submit.request = 1ull << 60;
  submit.text = std::string("a\0b", 3);
  submit.kind = PromptKind::kChat;
  submit.prompt_ids = {1, -2, 3};
  submit.count = 3;
  submit.sampling.temperature = 0.25;
  submit.stop = {"x", ""};
  submit.logit_bias = {{7, -100.0}};
  submit.tenant = "key";
  return submit;
}

TEST(Messages, ComeBackAsTheyWereSent) {
  NewToken token;
  token.text = "té";
  token.chosen = {9, -0.5, "t"};
  token.likeliest = {{9, -0.5, "t"}, {2, -1.5, "\xc3"}};
  const Encode encode{.request = 5,
                      .task = EncodeTask::kClassify,
                      .inputs = {{.text = "a", .second_text = "b", .is_pair = true},
                                 {.ids = {1, 2}, .as_tokens = true}}};
  for (const Message& message :
       {Message(Configure{.model = "m",
       .backend = {{"threads", "1", "file.yaml", 3, 5}},
       .plugin_folders = {"a", "b"}}),
        Message(a_submit()), Message(encode), Message(EncodeAnswer{5, 1, {0.5f, -0.0f}, 0.1}),
        Message(PromptTokens{5, 0, "ab", {{1, -0.5, "a"}}, {{}}}),
        Message(Ready{.generates = false, .embed = 64, .labels = {"yes", "no"}}),
        Message(Cancel{3}), Message(token),
        Message(Finished{.request = 1, .kind = FinishKind::kFailed, .message = "why"}),
        Message(ConfigureJob{.pipeline = "version: 1", .settings = {"a=1"}, .readable = {"/r"}}),
        Message(JobProgress{.step = 3, .loss = 0.5, .saved = true}),
        Message(JobFailed{3, "line 1"}), Message(Refused{1, RefusalKind::kBusy, "prompt", "full"})}) {
    const std::string bytes = framed(message);
    const Message again = read_one(bytes);
    EXPECT_EQ(again.index(), message.index());
    EXPECT_EQ(framed(again), bytes);
  }
  const auto submit = std::get<Submit>(read_one(framed(a_submit())));
  EXPECT_EQ(submit.text.size(), 3u);
  EXPECT_EQ(submit.logit_bias.front().second, -100.0);
}

TEST(Frames, ArriveInPiecesOfAnySize) {
  std::string stream;
  for (uint64_t i = 0; i < 20; ++i) append_message(Cancel{i}, stream);
  for (const size_t piece : {1u, 3u, 13u, 1000u}) {
    FrameReader reader;
    uint64_t seen = 0;
    for (size_t at = 0; at < stream.size(); at += piece) {
      reader.push(std::string_view(stream).substr(at, piece));
      while (const auto frame = reader.next())
        EXPECT_EQ(std::get<Cancel>(read_message(frame->type, frame->payload, "test")).request,
                  seen++);
    }
    EXPECT_EQ(seen, 20u);
  }
}

TEST(Messages, CutShortOrWithBytesTooManyAreRefused) {
  const std::string bytes = framed(a_submit());
  const std::string_view payload = std::string_view(bytes).substr(kHeaderBytes);
  const auto type = static_cast<uint8_t>(bytes[4]);
  for (size_t size = 0; size < payload.size(); ++size)
    EXPECT_THROW(read_message(type, payload.substr(0, size), "test"), Error) << size;
  EXPECT_THROW(read_message(type, std::string(payload) + "x", "test"), Error);
  EXPECT_THROW(read_message(200, payload, "test"), Error);
}

TEST(Frames, LongerThanTheLimitAreRefusedBeforeTheyArrive) {
  FrameReader reader;
  reader.push(std::string_view("\xff\xff\xff\x7f\x01", 5));
  EXPECT_THROW(reader.next(), Error);
}

TEST(Messages, ACountBeyondThePayloadAllocatesNothing) {
  // TokenizeAnswer: request 0, then 2^32 - 1 ids of which none is there.
  const std::string payload = std::string(8, '\0') + "\xff\xff\xff\xff";
  const Message answer = TokenizeAnswer{};
  EXPECT_THROW(read_message(static_cast<uint8_t>(answer.index()), payload, "test"), Error);
}

}  // namespace
}  // namespace lmos::wire
