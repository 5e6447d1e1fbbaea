// Who holds which page of a paged cache, and which pages hold the beginning of a text that may come
// again.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace lmos::infer {

// A full page is remembered under the tokens before it and its own, within one tenant. When its
// last holder leaves, it stays findable until its memory is needed; the page that was left longest
// ago goes first. One thread at a time.
class PagePool {
 public:
  // A text up to a page boundary. 0: no text that is remembered.
  using Prefix = uint64_t;

  PagePool(int64_t pages, int64_t page_tokens);

  // Pages that take() can give.
  int64_t available() const { return static_cast<int64_t>(free_.size() + unheld_.size()); }

  // A page with unspecified contents, held once; -1 if all are held.
  int32_t take();
  void release(int32_t page);

  struct Found {
    std::vector<int32_t> pages;  // in order, each held once more
    Prefix prefix;               // of all of them
  };
  // The longest beginning of `ids` that is remembered, in whole pages.
  Found find(const std::string& tenant, std::span<const int32_t> ids);

  // The empty text of a tenant.
  Prefix root(const std::string& tenant);
  // Remembers that `page`, which is held, continues `prefix` with page_tokens `ids`; returns the
  // longer prefix. Where another page holds the same text already, that one stays the known one.
  Prefix remember(Prefix prefix, std::span<const int32_t> ids, int32_t page);

 private:
  struct Key {
    Prefix prefix;
    uint64_t hash;  // of the ids
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return key.prefix * 0x9E3779B97F4A7C15u ^ key.hash; }
  };
  struct Known {
    Prefix prefix;  // with this page
    int32_t page;
    std::vector<int32_t> ids;
  };
  struct Page {
    int64_t holders = 0;
    bool known = false;
    Key key{};                           // if known
    std::list<int32_t>::iterator place;  // in unheld_, if known and without holders
  };

  const Known* known(Prefix prefix, std::span<const int32_t> ids) const;
  void hold(int32_t page);

  size_t page_tokens_;
  std::vector<Page> pages_;
  std::vector<int32_t> free_;  // neither held nor known
  std::list<int32_t> unheld_;  // known; left longest ago first
  std::unordered_map<Key, Known, KeyHash> known_;
  std::unordered_map<std::string, Prefix> roots_;
  Prefix next_prefix_ = 1;  // never given out again, so that a forgotten prefix leads nowhere
};

}  // namespace lmos::infer
