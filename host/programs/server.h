// The llmasosd that a command talks to.
#pragma once

#include "client/client.h"
#include "programs/arguments.h"

namespace lmos {

OptionSpec url_option();  // --url URL

// Whom to trust over https: --ca FILE and --insecure. Each command with url_option() has them too.
void add_trust_options(CommandSpec& command);

// Of --url, else LLMASOS_URL, else http://127.0.0.1:8080; with the key in LLMASOS_API_KEY. What
// waits ends when Session::interrupted().
client::ClientOptions server_of(const Arguments& arguments);

}  // namespace lmos
