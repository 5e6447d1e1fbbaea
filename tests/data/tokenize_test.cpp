#include "data/tokenize.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "corpus.h"
#include "data/file_lock.h"
#include "errors/error.h"

namespace lmos::data {
namespace {

namespace fs = std::filesystem;

struct Tokenize : testing::Test {
  TemporaryFolder folder;
  int encoded = 0;
  std::vector<std::string> warnings;

  // Counts documents that are really encoded.
  TokenStream run(std::vector<std::string> texts, TokenizeOptions options = {}) {
    TextEncoder encoder = byte_encoder();
    encoder.encode = [&](std::string_view text) {
      ++encoded;
      return bytes_of(text);
    };
    options.cache_folder = folder.path();
    return tokenize(documents_of(std::move(texts)), encoder, options,
                    {.warn = [&](const std::string& message) { warnings.push_back(message); }});
  }

  fs::path corpus() const {
    for (const auto& entry : fs::directory_iterator(folder.path()))
      if (entry.is_directory()) return entry.path();
    return {};
  }
};

TEST_F(Tokenize, KeepsDocumentsInOrder) {
  const TokenStream stream = run({"one", "two", "", "three"});
  EXPECT_EQ(text_of(stream), "onetwothree");
  EXPECT_EQ(stream.documents(), 3u);
  EXPECT_EQ(stream.text_bytes(), 11u);
  EXPECT_FALSE(stream.closed());
}

TEST_F(Tokenize, PutsBeginAndEndOfTextAroundDocuments) {
  const TokenStream stream = run({"one", "two"}, {.begin_of_text = '^', .end_of_text = kEndOfText});
  EXPECT_EQ(text_of(stream), "^one|^two|");
  EXPECT_EQ(stream.document_begin(1), 5u);
  EXPECT_EQ(stream.text_bytes(), 6u);
  EXPECT_TRUE(stream.closed());
}

TEST_F(Tokenize, HappensOnce) {
  run({"one", "two"});
  EXPECT_EQ(encoded, 2);
  EXPECT_EQ(text_of(run({"one", "two"})), "onetwo");
  EXPECT_EQ(encoded, 2);
  EXPECT_TRUE(warnings.empty());
}

TEST_F(Tokenize, HappensAgainWhenTextTokenizerOrOptionsChange) {
  run({"one", "two"});
  run({"one", "two!"});
  EXPECT_EQ(encoded, 4);
  run({"one", "two"}, {.end_of_text = kEndOfText});
  EXPECT_EQ(encoded, 6);
  TextEncoder other = byte_encoder();
  other.identity = "other bytes";
  other.encode = [](std::string_view text) { return std::vector<int32_t>(text.size(), 7); };
  const TokenStream stream =
      tokenize(documents_of({"one", "two"}), other, {.cache_folder = folder.path()});
  EXPECT_EQ(text_of(stream), std::string(6, 7));
}

TEST_F(Tokenize, ResultDoesNotDependOnThreads) {
  std::vector<std::string> texts;
  for (int i = 0; i < 10000; ++i) texts.push_back("document " + std::to_string(i * i) + "\n");
  const std::string serial = text_of(run(texts, {.end_of_text = kEndOfText}));
  TemporaryFolder other;
  const auto on_threads = [](int64_t count, const std::function<void(int64_t)>& body) {
    std::vector<std::thread> threads;
    for (int64_t t = 0; t < 3; ++t)
      threads.emplace_back([&, t] {
        for (int64_t i = count - 1 - t; i >= 0; i -= 3) body(i);
      });
    for (std::thread& thread : threads) thread.join();
  };
  const TokenStream parallel =
      tokenize(documents_of(texts), byte_encoder(),
               {.cache_folder = other.path() / "made", .end_of_text = kEndOfText},
               {.parallel_for = on_threads});
  EXPECT_EQ(text_of(parallel), serial);
}

TEST_F(Tokenize, LargeVocabulariesKeepTheirIds) {
  TextEncoder encoder = byte_encoder(200000);
  encoder.encode = [](std::string_view) { return std::vector<int32_t>{0, 65535, 65536, 199999}; };
  const TokenStream stream =
      tokenize(documents_of({"x"}), encoder, {.cache_folder = folder.path()});
  std::vector<int32_t> ids(4);
  stream.read(0, ids);
  EXPECT_EQ(ids, (std::vector<int32_t>{0, 65535, 65536, 199999}));
}

TEST_F(Tokenize, ReportsProgressInBytes) {
  std::vector<std::pair<uint64_t, uint64_t>> reports;
  tokenize(documents_of({"one", "three"}), byte_encoder(), {.cache_folder = folder.path()},
           {.progress = [&](uint64_t done, uint64_t total) { reports.emplace_back(done, total); }});
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back(), (std::pair<uint64_t, uint64_t>{8, 8}));
}

TEST_F(Tokenize, StoppedByProgressLeavesNothing) {
  EXPECT_THROW(
      tokenize(documents_of({"one"}), byte_encoder(), {.cache_folder = folder.path()},
               {.progress = [](uint64_t,
                               uint64_t) { throw Error(ErrorKind::kInterrupted, "stopped"); }}),
      Error);
  EXPECT_EQ(corpus(), fs::path());
}

TEST_F(Tokenize, ErrorsOfTheEncoderArriveInDocumentOrder) {
  TextEncoder encoder = byte_encoder();
  encoder.encode = [](std::string_view text) -> std::vector<int32_t> {
    if (text != "good") throw Error(ErrorKind::kPlugin, std::string(text));
    return {1};
  };
  try {
    tokenize(documents_of({"good", "bad", "worse"}), encoder, {.cache_folder = folder.path()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "bad");
  }
}

TEST_F(Tokenize, IdsOutsideTheVocabularyAreAnError) {
  for (int32_t id : {-1, 257}) {
    TextEncoder encoder = byte_encoder();
    encoder.encode = [id](std::string_view) { return std::vector<int32_t>{1, id}; };
    try {
      tokenize(documents_of({"x"}), encoder, {.cache_folder = folder.path()});
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kPlugin);
    }
  }
}

TEST_F(Tokenize, ADataSetWithoutTextIsAnError) {
  for (const std::vector<std::string>& texts :
       {std::vector<std::string>{}, std::vector<std::string>{"", ""}}) {
    try {
      run(texts);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
    }
  }
}

TEST_F(Tokenize, DocumentsThatChangeMeanwhileAreAnError) {
  TextDocuments documents = documents_of({"one"});
  documents.fingerprint = [calls = 0]() mutable { return std::to_string(calls++); };
  EXPECT_THROW(tokenize(documents, byte_encoder(), {.cache_folder = folder.path()}), Error);
  EXPECT_EQ(corpus(), fs::path());
}

TEST_F(Tokenize, ADamagedCacheIsMadeAgain) {
  const std::vector<std::string> texts = {"some text", "and more text", "the end"};
  run(texts, {.shard_tokens = 10});
  for (const char* name : {"shard-00000.tokens", "shard-00001.tokens"}) {
    const fs::path shard = corpus() / name;
    const uint64_t size = fs::file_size(shard);
    std::vector<std::function<void()>> damages = {
        [&] { fs::remove(shard); },
        [&] {
          fs::copy_file(
              corpus() / (name == std::string_view("shard-00000.tokens") ? "shard-00001.tokens"
                                                                         : "shard-00000.tokens"),
              shard, fs::copy_options::overwrite_existing);
        }};
    for (uint64_t cut : {uint64_t{0}, uint64_t{1}, uint64_t{8}, size / 2, size - 1, size + 8})
      damages.push_back([=] { fs::resize_file(shard, cut); });
    for (uint64_t at = 0; at < size; ++at)
      damages.push_back([=] {
        std::fstream file(shard, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        const int byte = file.get();
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(byte ^ 0x10));
      });
    for (size_t i = 0; i < damages.size(); ++i) {
      damages[i]();
      encoded = 0;
      warnings.clear();
      ASSERT_EQ(text_of(run(texts, {.shard_tokens = 10})), "some textand more textthe end") << i;
      ASSERT_EQ(encoded, 3) << "damage " << i << " was not noticed";
      ASSERT_EQ(warnings.size(), 1u);
      ASSERT_NE(warnings[0].find("shard-0000"), std::string::npos) << warnings[0];
    }
  }
}

// Runs `body` in a process of its own, and returns how it ended.
int status_of_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_F(Tokenize, AKilledTokenisationIsNotTakenForComplete) {
  const std::vector<std::string> texts(20000, "a line of text");
  const int status = status_of_child([&] {
    TextDocuments documents = documents_of(texts);
    documents.next = [next = documents.next, left = 15000](std::string& text) mutable {
      if (left-- == 0) ::raise(SIGKILL);
      return next(text);
    };
    tokenize(documents, byte_encoder(), {.cache_folder = folder.path(), .shard_tokens = 1000});
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_NE(corpus(), fs::path()) << "the child should have left its half-made shards";

  const TokenStream stream = run(texts, {.shard_tokens = 1000});
  EXPECT_EQ(encoded, 20000);
  EXPECT_EQ(stream.documents(), 20000u);
  int folders = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) folders += entry.is_directory();
  EXPECT_EQ(folders, 1) << "what the killed process left should be gone";
}

TEST_F(Tokenize, ProcessesThatWantTheSameCorpusWaitForOne) {
  run({"one"});
  const fs::path made = corpus();
  fs::remove_all(made);
  FileLock held(made.string() + ".lock");
  ASSERT_TRUE(held.try_acquire());
  {
    FileLock second(made.string() + ".lock");
    EXPECT_FALSE(second.try_acquire());
  }
  // Let go by the warning, which comes before the wait.
  auto lock = std::make_unique<FileLock>(std::move(held));
  int waited = 0;
  const TokenStream stream =
      tokenize(documents_of({"one"}), byte_encoder(), {.cache_folder = folder.path()},
               {.warn = [&](const std::string&) {
                 ++waited;
                 lock.reset();
               }});
  EXPECT_EQ(waited, 1);
  EXPECT_EQ(text_of(stream), "one");
}

TEST_F(Tokenize, ACacheFolderThatCannotBeMadeIsAResourceError) {
  std::ofstream(folder.path() / "file") << "x";
  try {
    tokenize(documents_of({"one"}), byte_encoder(),
             {.cache_folder = folder.path() / "file" / "sub"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
  }
}

}  // namespace
}  // namespace lmos::data
