#include "worker/write_sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "formats/file_descriptor.h"

namespace lmos::worker {
namespace {

// Of the first version of the interface; then of the second and third, which older headers lack.
constexpr uint64_t kWrites = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                             LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                             LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                             LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr uint64_t kMoveBetweenFolders = 1u << 13;
constexpr uint64_t kTruncate = 1u << 14;

uint64_t writes_known_to_kernel() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return 0;
  return kWrites | (version >= 2 ? kMoveBetweenFolders : 0) | (version >= 3 ? kTruncate : 0);
}

bool allow_writes(const FileDescriptor& rules, const std::filesystem::path& folder,
                  uint64_t writes) {
  const FileDescriptor opened(::open(folder.c_str(), O_PATH | O_CLOEXEC));
  landlock_path_beneath_attr rule{};
  rule.allowed_access = writes;
  rule.parent_fd = opened.get();
  return opened.get() >= 0 &&
         syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

bool restrict_writes(const std::vector<std::filesystem::path>& folders) {
  const uint64_t writes = writes_known_to_kernel();
  if (writes == 0) return false;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = writes;
  const FileDescriptor rules(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (rules.get() < 0) return false;
  for (const auto& folder : folders)
    if (!allow_writes(rules, folder, writes)) return false;
  if (!allow_writes(rules, "/dev", writes)) return false;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
}

}  // namespace lmos::worker
