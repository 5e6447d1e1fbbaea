#include "infer/page_pool.h"

#include <algorithm>

namespace lmos::infer {
namespace {

// FNV-1a over 64-bit words. Equal hashes are told apart by the ids themselves.
uint64_t hash_of(std::span<const int32_t> ids) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const int32_t id : ids) {
    hash ^= static_cast<uint32_t>(id);
    hash *= 0x100000001B3u;
  }
  return hash;
}

}  // namespace

PagePool::PagePool(int64_t pages, int64_t page_tokens)
    : page_tokens_(static_cast<size_t>(page_tokens)), pages_(static_cast<size_t>(pages)) {
  for (int64_t page = pages; page-- > 0;) free_.push_back(static_cast<int32_t>(page));
}

int32_t PagePool::take() {
  if (free_.empty()) {
    if (unheld_.empty()) return -1;
    const int32_t oldest = unheld_.front();
    unheld_.pop_front();
    known_.erase(pages_[static_cast<size_t>(oldest)].key);
    pages_[static_cast<size_t>(oldest)].known = false;
    free_.push_back(oldest);
  }
  const int32_t page = free_.back();
  free_.pop_back();
  pages_[static_cast<size_t>(page)].holders = 1;
  return page;
}

void PagePool::release(int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  if (--page.holders > 0) return;
  if (page.known)
    page.place = unheld_.insert(unheld_.end(), index);
  else
    free_.push_back(index);
}

void PagePool::hold(int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  if (page.holders++ == 0) unheld_.erase(page.place);
}

const PagePool::Known* PagePool::known(Prefix prefix, std::span<const int32_t> ids) const {
  const auto found = known_.find({prefix, hash_of(ids)});
  return found != known_.end() && std::ranges::equal(found->second.ids, ids) ? &found->second
                                                                             : nullptr;
}

PagePool::Found PagePool::find(const std::string& tenant, std::span<const int32_t> ids) {
  Found found{{}, root(tenant)};
  for (; ids.size() >= page_tokens_; ids = ids.subspan(page_tokens_)) {
    const Known* next = known(found.prefix, ids.first(page_tokens_));
    if (next == nullptr) break;
    hold(next->page);
    found.pages.push_back(next->page);
    found.prefix = next->prefix;
  }
  return found;
}

PagePool::Prefix PagePool::root(const std::string& tenant) {
  const auto [place, added] = roots_.try_emplace(tenant, next_prefix_);
  if (added) ++next_prefix_;
  return place->second;
}

PagePool::Prefix PagePool::remember(Prefix prefix, std::span<const int32_t> ids, int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  const Key key{prefix, hash_of(ids)};
  const auto [place, added] =
      known_.try_emplace(key, Known{next_prefix_, index, {ids.begin(), ids.end()}});
  if (!added) return std::ranges::equal(place->second.ids, ids) ? place->second.prefix : 0;
  ++next_prefix_;
  page.known = true;
  page.key = key;
  return place->second.prefix;
}

}  // namespace lmos::infer
