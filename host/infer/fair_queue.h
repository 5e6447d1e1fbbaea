// Work that waits for one machine, of tenants who share it in equal parts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmos::infer {

// Items leave in the order in which each tenant added them; among tenants, the one that has used
// the fewest tokens comes first (Sheng et al. 2024, "Fairness in serving large language models").
// One thread at a time.
template <class Item>
class FairQueue {
 public:
  bool empty() const { return size_ == 0; }
  int64_t size() const { return size_; }

  void push(const std::string& tenant, Item item) {
    Tenant& mine = tenants_[tenant];
    if (mine.waiting.empty() && mine.active == 0) {
      // Whoever was away has saved nothing up.
      double least = std::numeric_limits<double>::infinity();
      for (const auto& [name, other] : tenants_)
        if (!other.waiting.empty() || other.active > 0) least = std::min(least, other.used);
      if (least < std::numeric_limits<double>::infinity()) mine.used = std::max(mine.used, least);
    }
    mine.waiting.push_back(std::move(item));
    ++size_;
  }

  // What comes next; not empty().
  Item& front() { return next().waiting.front(); }
  // Takes front() out: it counts as its tenant's until end() or put_back().
  Item pop() {
    Tenant& mine = next();
    Item item = std::move(mine.waiting.front());
    mine.waiting.pop_front();
    ++mine.active;
    --size_;
    return item;
  }
  void end(const std::string& tenant) { --tenants_[tenant].active; }
  // Before all others of the tenant.
  void put_back(const std::string& tenant, Item item) {
    Tenant& mine = tenants_[tenant];
    mine.waiting.push_front(std::move(item));
    --mine.active;
    ++size_;
  }
  void use(const std::string& tenant, int64_t tokens) {
    tenants_[tenant].used += static_cast<double>(tokens);
  }

  // Out of those that wait, the first that `wanted` holds for.
  template <class Predicate>
  std::optional<Item> take_if(const Predicate& wanted) {
    for (auto& [name, tenant] : tenants_) {
      const auto place = std::ranges::find_if(tenant.waiting, wanted);
      if (place == tenant.waiting.end()) continue;
      Item item = std::move(*place);
      tenant.waiting.erase(place);
      --size_;
      return item;
    }
    return std::nullopt;
  }
  // All that wait.
  std::vector<Item> take_all() {
    std::vector<Item> items;
    while (auto item = take_if([](const Item&) { return true; })) items.push_back(*std::move(item));
    return items;
  }

 private:
  struct Tenant {
    std::deque<Item> waiting;
    double used = 0;  // tokens
    int64_t active = 0;
  };

  Tenant& next() {
    Tenant* least = nullptr;
    for (auto& [name, tenant] : tenants_)
      if (!tenant.waiting.empty() && (least == nullptr || tenant.used < least->used))
        least = &tenant;
    return *least;
  }

  std::map<std::string, Tenant> tenants_;
  int64_t size_ = 0;
};

}  // namespace lmos::infer
