// The commands of `llmasos`: what each accepts, and what it does.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "llmasos/types.h"
#include "programs/arguments.h"
#include "programs/session.h"

namespace lmos {

struct Command {
  CommandSpec spec;
  // Returns the exit code; throws Error.
  int (*run)(const Arguments& arguments, Session& session);
};

// In the order of the program's help.
std::vector<Command> all_commands();

Command run_command();
Command train_command();
Command generate_command();
Command chat_command();
Command embed_command();
Command predict_command();
Command evaluate_command();
Command convert_command();
Command info_command();
Command merge_command();
Command validate_command();
Command tokenize_command();
Command plugins_command();
Command graph_command();
Command schema_command();
Command verify_command();
Command bench_command();
Command models_command();
Command load_command();
Command unload_command();
Command top_command();
Command job_command();
Command submit_command();
Command jobs_command();
Command logs_command();
Command cancel_command();
Command resume_command();

// ---- options that several commands share ----

OptionSpec set_option();                            // --set key.path=value, repeated
OptionSpec json_option();                           // --json
OptionSpec plugins_option();                        // --plugins FOLDER, repeated
OptionSpec adapter_option();                        // --adapter DIR
OptionSpec backend_option();                        // --backend NAME
OptionSpec compute_option();                        // --compute TYPE
lmos_dtype compute_of(const Arguments& arguments);  // what --compute says
OptionSpec weights_option();                        // --weights TYPE
OptionSpec threads_option();                        // --threads N
OptionSpec tokenizer_option();  // --tokenizer PATH, in place of the model folder's

}  // namespace lmos
