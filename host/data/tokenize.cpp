#include "data/tokenize.h"

#include <cinttypes>
#include <cstdio>
#include <optional>
#include <system_error>

#include "data/checksum.h"
#include "data/document_encoder.h"
#include "data/file_lock.h"
#include "data/shard_writer.h"
#include "errors/error.h"
#include "formats/atomic_folder.h"

namespace lmos::data {
namespace {

namespace fs = std::filesystem;

CorpusKey corpus_key(const std::string& fingerprint, const TextEncoder& encoder,
                     const TokenizeOptions& options) {
  std::string text(kShardMagic.data(), kShardMagic.size());
  for (const std::string& part :
       {fingerprint, encoder.identity, std::to_string(options.begin_of_text),
        std::to_string(options.end_of_text), std::to_string(options.shard_tokens)})
    text += std::to_string(part.size()) + ':' + part;
  return {checksum(text, 1), checksum(text, 2)};
}

std::string key_name(const CorpusKey& key) {
  char name[40];
  std::snprintf(name, sizeof name, "%016" PRIx64 "%016" PRIx64, key[0], key[1]);
  return name;
}

void create_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(ErrorKind::kResource,
                "cannot create the token cache " + folder.string() + ": " + error.message());
}

// Removes what killed processes left of this corpus. Only the holder of its lock may.
void remove_leftovers(const fs::path& corpus) {
  const std::string prefix = corpus.filename().string() + ".";
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(corpus.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && entry.is_directory(ignored))
      fs::remove_all(entry.path(), ignored);
  }
}

std::optional<TokenStream> open_cached(const fs::path& corpus, const CorpusKey& key,
                                       const TokenizeServices& services) {
  std::error_code ignored;
  if (!fs::exists(corpus, ignored)) return std::nullopt;
  try {
    return TokenStream(corpus, key);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    if (services.warn)
      services.warn(std::string("the token cache is damaged and is made again: ") + error.what());
    return std::nullopt;
  }
}

void write_shards(const fs::path& folder, const CorpusKey& key, DocumentEncoder& documents,
                  const TextEncoder& encoder, const TokenizeOptions& options) {
  const ShardSettings settings = {key, encoder.vocab_size <= 65536 ? 2u : 4u,
                                  options.end_of_text >= 0};
  uint32_t index = 0;
  std::optional<ShardWriter> shard;
  while (const EncodedDocument* document = documents.next()) {
    if (document->ids.empty()) continue;
    if (shard && shard->tokens() >= options.shard_tokens) {
      shard->finish(false);
      shard.reset();
      ++index;
    }
    if (!shard) shard.emplace(folder, index, settings);
    shard->add_document(document->ids, document->text_bytes);
  }
  if (!shard) throw Error(ErrorKind::kInput, "the data set holds no text");
  shard->finish(true);
}

}  // namespace

TokenStream tokenize(const TextDocuments& documents, const TextEncoder& encoder,
                     const TokenizeOptions& options, const TokenizeServices& services) {
  const std::string fingerprint = documents.fingerprint();
  const CorpusKey key = corpus_key(fingerprint, encoder, options);
  const fs::path corpus = options.cache_folder / key_name(key);
  create_folder(options.cache_folder);

  FileLock lock(corpus.string() + ".lock");
  if (!lock.try_acquire()) {
    if (services.warn)
      services.warn("waiting for another process that tokenises the same data, in " +
                    corpus.string());
    lock.acquire();
  }
  if (auto cached = open_cached(corpus, key, services)) return std::move(*cached);

  remove_leftovers(corpus);
  AtomicFolder folder(corpus);
  DocumentEncoder encoded(documents, encoder, options, services);
  write_shards(folder.staging(), key, encoded, encoder, options);
  if (documents.fingerprint() != fingerprint)
    throw Error(ErrorKind::kInput,
                "the data set changed while it was tokenised; start again when it is at rest");
  folder.commit();
  return TokenStream(corpus, key);
}

}  // namespace lmos::data
