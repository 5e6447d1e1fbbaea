// What is checked of a plugin: a list of functions an interface, each run in a process of its own.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "llmasos/types.h"

namespace lmos::check {

class PluginUnderCheck;

struct Check {
  std::string_view promise;  // what the plugin does right when it passes
  // Throws Skipped if it can't be told, any other exception if the promise does not hold.
  void (*run)(PluginUnderCheck& plugin);
};

// Not checked, and why; what to give on the command line.
class Skipped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws `otherwise` unless the promise holds.
inline void expect(bool holds, const std::string& otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

// Throws unless a call returned the wanted status.
inline void expect_status(lmos_status wanted, lmos_status returned, const std::string& call) {
  expect(returned == wanted, call + " returned the status " + std::to_string(returned) + ", not " +
                                 std::to_string(wanted));
}

std::span<const Check> library_checks();
// Empty for interfaces that this program does not know.
std::span<const Check> interface_checks(std::string_view id);

std::span<const Check> tokenizer_checks();
std::span<const Check> model_checks();
std::span<const Check> backend_checks();
std::span<const Check> dataset_checks();

}  // namespace lmos::check
