// Workspaces that are kept, with what their caches hold, between calls of any threads.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "tokenizer_bpe/model/bpe_model.h"

namespace lmos::bpe {

// Any thread. Holds as many workspaces as there ever were calls at one time.
class WorkspacePool {
 public:
  // A workspace for the lease's life.
  class Lease {
   public:
    explicit Lease(WorkspacePool& pool) : pool_(pool), workspace_(pool.take()) {}
    ~Lease() { pool_.put(std::move(workspace_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    BpeWorkspace& operator*() const { return *workspace_; }

   private:
    WorkspacePool& pool_;
    std::unique_ptr<BpeWorkspace> workspace_;
  };

 private:
  std::unique_ptr<BpeWorkspace> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<BpeWorkspace> workspace = std::move(idle_.back());
        idle_.pop_back();
        return workspace;
      }
      idle_.reserve(++made_);  // so that put can't fail
    }
    return std::make_unique<BpeWorkspace>();
  }

  void put(std::unique_ptr<BpeWorkspace> workspace) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(workspace));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<BpeWorkspace>> idle_;  // guarded by mutex_
  size_t made_ = 0;                                  // guarded by mutex_
};

}  // namespace lmos::bpe
